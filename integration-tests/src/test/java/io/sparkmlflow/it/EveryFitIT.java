package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.it.Tracked.TrackedRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fits that Spark posts no event for, in programs that know nothing of MLflow. */
class EveryFitIT {
    private static final Pattern STAGE = Pattern.compile("model/sparkml/stages/(\\d_[A-Za-z]+)_\\w+/metadata/_SUCCESS");

    /** The oldest Spark with Scala 2.12 and the one beside MLflow: between them lies every difference that matters here. */
    static Stream<Distribution> sparks() {
        return Distribution.all()
                .filter(spark -> spark.version().startsWith("3.")
                        || spark.version().equals(Distribution.inVenv().version()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sparks")
    void fromJava(Distribution spark) {
        Path directory = Checkout.newWorkFolder("every-fit-java-" + spark.version());
        Path jar = Programs.jar(
                spark, directory, Checkout.root().resolve("integration-tests/src/test/apps/EveryFit.java"));
        Outcome outcome = SparkCommand.submit(spark, "EveryFit", jar, Checkout.trainingTable())
                .tracked()
                .run(directory)
                .assertSucceeded();
        assertThat(outcome.ourWarnings()).isEmpty();
        assertThat(outcome.stdout()).contains("failed");

        Tracked tracked = PythonMlflow.describe(directory, PythonMlflow.defaultStore(directory));
        TrackedRun application = tracked.only(run -> run.name().equals("every-fit"));
        assertThat(tracked.childrenOf(application))
                .extracting(run -> run.tags().get("estimator_name"))
                .containsExactlyInAnyOrder("LogisticRegression", "CrossValidator", "OneVsRest", "LogisticRegression");

        assertBareFit(tracked, printed(outcome, "accuracy").get(0));
        TrackedRun search =
                tracked.only(run -> "CrossValidator".equals(run.tags().get("estimator_name")));
        assertThat(search.artifacts())
                .contains(
                        "best_parameters.json",
                        "search_results.csv",
                        "estimator_info.json",
                        "model/MLmodel",
                        "best_model/MLmodel");
        assertThat(search.params()).containsKey("best_LogisticRegression.regParam");
        assertThat(tracked.childrenOf(search)).hasSize(2).allSatisfy(candidate -> assertThat(candidate.metrics())
                .containsOnlyKeys("avg_areaUnderROC", "std_areaUnderROC"));
        assertThat(tracked.fit("LogisticRegression", "maxIter", "77").status()).isEqualTo("FAILED");

        TrackedRun second = tracked.only(run -> run.name().equals("second"));
        assertThat(tracked.childrenOf(second))
                .extracting(run -> run.params().get("maxIter"))
                .containsExactly("9");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sparks")
    void fromPython(Distribution spark) {
        Path directory = Checkout.newWorkFolder("every-fit-python-" + spark.version());
        Path program = Checkout.root().resolve("integration-tests/src/test/apps/every_fit.py");
        Outcome outcome = SparkCommand.submitPython(spark, program, Checkout.trainingTable())
                .tracked()
                .run(directory)
                .assertSucceeded();
        assertThat(outcome.ourWarnings()).isEmpty();
        assertThat(outcome.stdout()).contains("failed True");

        Tracked tracked = PythonMlflow.describe(directory, PythonMlflow.defaultStore(directory));
        TrackedRun application = tracked.application();
        assertThat(tracked.childrenOf(application))
                .extracting(run -> run.tags().get("estimator_name"))
                .containsExactlyInAnyOrder(
                        "LogisticRegression",
                        "Pipeline",
                        "KMeans",
                        "Pipeline",
                        "CrossValidator",
                        "CrossValidator",
                        "TrainValidationSplit",
                        "LogisticRegression");

        assertBareFit(tracked, printed(outcome, "accuracy").get(0));
        assertThat(tracked.fit("Pipeline", "LogisticRegression.maxIter", "4").metrics())
                .containsKey("areaUnderROC_train.csv");
        assertPipeline(tracked.fit("Pipeline", "LogisticRegression.maxIter", "6"));
        assertThat(tracked.fit("LogisticRegression", "maxIter", "77").status()).isEqualTo("FAILED");

        TrackedRun search = tracked.fit("CrossValidator", "estimator", "Pipeline");
        assertThat(search.status()).isEqualTo("FINISHED");
        assertThat(search.params())
                .containsEntry("numFolds", "2")
                .containsEntry("evaluator", "MulticlassClassificationEvaluator")
                .containsKeys("best_LogisticRegression.regParam", "best_LogisticRegression.elasticNetParam");
        assertThat(search.artifacts())
                .contains("best_parameters.json", "search_results.csv", "model/MLmodel", "best_model/MLmodel");
        List<TrackedRun> candidates = tracked.childrenOf(search);
        assertThat(candidates)
                .extracting(run -> run.params().get("LogisticRegression.regParam") + "/"
                        + run.params().get("LogisticRegression.elasticNetParam"))
                .containsExactlyInAnyOrder("0.01/0.0", "0.01/0.5", "5.0/0.0", "5.0/0.5");
        assertSameNumbers(candidates, "avg_accuracy", printed(outcome, "avg_accuracy"));
        assertSameNumbers(candidates, "std_accuracy", printed(outcome, "std_accuracy"));

        TrackedRun ofClassifiers = tracked.fit("CrossValidator", "estimator", "OneVsRest");
        assertThat(ofClassifiers.status()).isEqualTo("FINISHED");
        assertThat(ofClassifiers.params()).containsKey("best_LogisticRegression.regParam");
        assertThat(tracked.childrenOf(ofClassifiers)).hasSize(2);
        assertSameNumbers(tracked.childrenOf(ofClassifiers), "avg_accuracy", printed(outcome, "one_vs_rest"));

        TrackedRun split =
                tracked.only(run -> "TrainValidationSplit".equals(run.tags().get("estimator_name")));
        assertThat(split.params()).containsEntry("best_LinearRegression.regParam", "0.0");
        assertThat(tracked.childrenOf(split)).hasSize(2).allSatisfy(candidate -> assertThat(candidate.metrics())
                .containsOnlyKeys("rmse"));
    }

    /** What PySpark fitted stage by stage, in its own loop. */
    private static void assertPipeline(TrackedRun run) {
        assertThat(run.status()).isEqualTo("FINISHED");
        assertThat(run.tags()).containsEntry("estimator_class", "pyspark.ml.pipeline.Pipeline");
        assertThat(run.params())
                .containsEntry(
                        "stages",
                        "['SQLTransformer', 'StringIndexer', 'Bucketizer', 'VectorAssembler', 'StandardScaler',"
                                + " 'LogisticRegression']")
                .containsEntry("StringIndexer.outputCol", "index")
                .containsEntry("Bucketizer.splits", "[0.0, 15.0, 20.0, 100.0]")
                .containsEntry("StandardScaler.withMean", "False");
        assertThat(run.metrics()).containsKey("LogisticRegression.numExamples");
        assertThat(run.artifacts().stream()
                        .map(STAGE::matcher)
                        .filter(Matcher::matches)
                        .map(stage -> stage.group(1)))
                .containsExactly(
                        "0_SQLTransformer",
                        "1_StringIndexer",
                        "2_Bucketizer",
                        "3_VectorAssembler",
                        "4_StandardScaler",
                        "5_LogisticRegression");
    }

    private static void assertBareFit(Tracked tracked, double accuracy) {
        TrackedRun fit = tracked.fit("LogisticRegression", "maxIter", "5");
        assertThat(fit.status()).isEqualTo("FINISHED");
        assertThat(fit.metrics()).containsEntry("accuracy_seen", accuracy).containsEntry("numFeatures", 2.0);
        assertThat(fit.artifacts()).contains("estimator_info.json", "metric_info.json", "model/MLmodel");
        assertThat(fit.datasets())
                .extracting(dataset -> dataset.at("/tags/mlflow.data.context").asText())
                .contains("train", "eval");
    }

    /** Python prints the metrics in the grid's order, which the JVM does not know. */
    private static void assertSameNumbers(List<TrackedRun> candidates, String metric, List<Double> printed) {
        double[] actual = candidates.stream()
                .mapToDouble(run -> run.metrics().get(metric))
                .sorted()
                .toArray();
        double[] expected =
                printed.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        assertThat(actual).containsExactly(expected, org.assertj.core.data.Offset.offset(1e-12));
    }

    /** Returns the numbers on the line of the program's output that starts with a name. */
    private static List<Double> printed(Outcome outcome, String name) {
        String line = outcome.stdoutLines().stream()
                .filter(candidate -> candidate.startsWith(name + " "))
                .findFirst()
                .orElseThrow();
        return Arrays.stream(line.substring(name.length()).strip().split(" "))
                .map(Double::valueOf)
                .toList();
    }
}
