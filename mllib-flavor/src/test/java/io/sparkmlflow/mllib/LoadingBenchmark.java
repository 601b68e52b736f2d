package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.artifacts.TemporaryFolders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.ml.PipelineModel;

/**
 * Compares loading in place with Spark's own {@code PipelineModel.load}, in pairs whose order alternates. No test: run its
 * {@code main}, with the number of pairs as argument.
 */
final class LoadingBenchmark {
    private LoadingBenchmark() {}

    public static void main(String[] args) throws Exception {
        int pairs = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        Path folder = TemporaryFolders.createUntilExit();
        Path model = folder.resolve("model");
        SparkFlavor.save(TestSpark.session(), TestSpark.churnModel(), model, null, "/tmp/mlflow");
        try (MlflowClient client = new MlflowClient("sqlite:///" + folder.resolve("mlflow.db"))) {
            Runnable ours = () -> SparkFlavor.load(TestSpark.session(), client, model.toString());
            Runnable sparks = () -> PipelineModel.load(model.resolve("sparkml").toString());
            for (int i = 0; i < 3; i++) {
                ours.run();
                sparks.run();
            }
            List<Double> ratios = new ArrayList<>();
            List<Double> oursSeconds = new ArrayList<>();
            List<Double> sparksSeconds = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                double first = seconds(i % 2 == 0 ? ours : sparks);
                double second = seconds(i % 2 == 0 ? sparks : ours);
                oursSeconds.add(i % 2 == 0 ? first : second);
                sparksSeconds.add(i % 2 == 0 ? second : first);
                ratios.add(oursSeconds.get(i) / sparksSeconds.get(i));
            }
            System.out.printf(
                    "%d pairs, medians: in place %.3f s, PipelineModel.load %.3f s, ratio of a pair %.3f%n",
                    pairs, median(oursSeconds), median(sparksSeconds), median(ratios));
        }
        TestSpark.session().stop();
    }

    private static double seconds(Runnable run) {
        long start = System.nanoTime();
        run.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
