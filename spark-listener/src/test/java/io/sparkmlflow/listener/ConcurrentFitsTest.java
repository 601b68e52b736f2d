package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight threads that fit at the same time in two sessions of one application, half of them with a run of their own that they
 * send their work to.
 */
@Tag("thorough")
class ConcurrentFitsTest {
    private static final int THREADS = 8;
    private static final int WITH_A_RUN = 4;
    private static final int FITS = 2;

    @TempDir
    static Path directory;

    private static final List<String> TARGETS = new ArrayList<>();
    private static Map<String, Result> without;
    private static Map<String, Result> with;
    private static StoredRuns stored;

    /**
     * What a thread got from one of its fits: nothing that depends on the order in which threads run.
     *
     * @param params of its estimator, as a run has them
     * @param training what its model knows of the training, as a run has it
     */
    private record Result(
            List<Double> coefficients,
            double rmse,
            List<Row> predictions,
            Map<String, String> params,
            Map<String, Double> training) {}

    @BeforeAll
    static void fitWithoutTheListenerAndWithIt() throws Exception {
        for (int thread = 0; thread < THREADS; thread++) {
            writeTable(thread);
        }
        without = fitOnAllThreads(session(Map.of()));

        String store = "sqlite:///" + directory.resolve("mlflow.db");
        try (MlflowClient client = new MlflowClient(store)) {
            for (int thread = 0; thread < WITH_A_RUN; thread++) {
                TARGETS.add(client.tracking()
                        .createRun(new CreateRun("0", "the user's " + thread, "me", 1, Map.of()))
                        .info()
                        .runId());
            }
        }
        with = fitOnAllThreads(session(Map.of(
                "spark.extraListeners",
                MlflowSparkListener.class.getName(),
                "spark.mlflow.trackingUri",
                store,
                "spark.mlflow.flushTimeoutSeconds",
                "180")));
        stored = StoredRuns.read(store);
    }

    private static void writeTable(int thread) throws IOException {
        String rows = IntStream.range(0, 60)
                .mapToObj(i -> "%d,%d,%d".formatted(i, i * (thread + 3) % 13, 2 * i + i * (thread + 5) % 7))
                .collect(Collectors.joining("\n"));
        Files.writeString(directory.resolve("table-" + thread + ".csv"), "id,x,y\n" + rows + "\n");
    }

    private static SparkSession session(Map<String, String> conf) {
        SparkSession.Builder builder = SparkSession.builder();
        builder.appName("concurrent").master("local[2]").config("spark.ui.enabled", "false");
        conf.forEach(builder::config);
        return builder.getOrCreate();
    }

    /** Returns the results by thread and fit. Stops the application. */
    private static Map<String, Result> fitOnAllThreads(SparkSession first) throws Exception {
        SparkSession second = first.newSession();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        CyclicBarrier together = new CyclicBarrier(THREADS);
        List<Future<Map<String, Result>>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            SparkSession spark = thread % 2 == 0 ? first : second;
            Callable<Map<String, Result>> work = () -> {
                if (thread < TARGETS.size()) {
                    spark.sparkContext().setLocalProperty("spark.mlflow.runId", TARGETS.get(thread));
                }
                Map<String, Result> results = new TreeMap<>();
                for (int fit = 0; fit < FITS; fit++) {
                    together.await();
                    results.put(thread + "/" + fit, fitOnce(spark, thread, fit));
                }
                return results;
            };
            all.add(threads.submit(work));
        }
        Map<String, Result> results = new TreeMap<>();
        for (Future<Map<String, Result>> ofThread : all) {
            results.putAll(ofThread.get());
        }
        threads.shutdown();
        first.stop();
        return results;
    }

    /**
     * Every other fit is a pipeline, with another stage in every other thread. The number of rows, the params and the name of the
     * frame say whose fit it is.
     */
    private static Result fitOnce(SparkSession spark, int thread, int fit) {
        Dataset<Row> table = spark.read()
                .option("header", "true")
                .schema("id int, x double, y double")
                .csv(directory.resolve("table-" + thread + ".csv").toString())
                .where("id < " + rows(thread, fit))
                .coalesce(1); // sums do not depend on which task ends first
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"id", "x"}).setOutputCol("features");
        LinearRegression regression = new LinearRegression()
                .setLabelCol("y")
                .setSolver("l-bfgs")
                .setMaxIter(maxIter(thread, fit))
                .setRegParam(thread + fit / 10.0);
        Estimator<?> estimator;
        Transformer fitted;
        LinearRegressionModel model;
        Dataset<Row> predictions;
        if (fit % 2 == 0) {
            estimator = regression;
            model = regression.fit(assembler.transform(table));
            fitted = model;
            predictions = model.transform(assembler.transform(table).as(frame(thread, fit)));
        } else {
            Pipeline pipeline = new Pipeline().setStages(stages(thread, assembler, regression));
            estimator = pipeline;
            PipelineModel whole = pipeline.fit(table);
            fitted = whole;
            model = (LinearRegressionModel) whole.stages()[whole.stages().length - 1];
            predictions = whole.transform(table.as(frame(thread, fit)));
        }
        double rmse = new RegressionEvaluator().setLabelCol("y").evaluate(predictions);
        List<Double> coefficients = new ArrayList<>();
        for (double coefficient : model.coefficients().toArray()) {
            coefficients.add(coefficient);
        }
        Map<String, Double> training = new TreeMap<>();
        TrainingMetrics.of(fitted, 0).forEach(metric -> training.put(metric.key(), metric.value()));
        return new Result(
                coefficients,
                rmse,
                predictions.select("id", "prediction").collectAsList(),
                EstimatorDescription.of(estimator).params(),
                training);
    }

    private static PipelineStage[] stages(int thread, VectorAssembler assembler, LinearRegression regression) {
        if (thread % 2 == 0) {
            return new PipelineStage[] {assembler, regression};
        }
        StandardScaler scaler = new StandardScaler()
                .setInputCol("features")
                .setOutputCol("scaled")
                .setWithMean(thread % 4 == 1);
        return new PipelineStage[] {assembler, scaler, regression.setFeaturesCol("scaled")};
    }

    private static int rows(int thread, int fit) {
        return 30 + FITS * thread + fit;
    }

    private static int maxIter(int thread, int fit) {
        return 10 + FITS * thread + fit;
    }

    private static String frame(int thread, int fit) {
        return "t" + thread + "f" + fit;
    }

    @Test
    void theResultsAreThoseWithoutTheListener() {
        assertThat(with).hasSize(THREADS * FITS).isEqualTo(without);
    }

    @Test
    void everyFitIsUnderItsOwnParent() {
        String application = stored.application("concurrent").info().runId();
        Map<String, String> parents = new HashMap<>();
        Map<String, String> expected = new HashMap<>();
        forEachFit((thread, fit, run) -> {
            String name = thread + "/" + fit;
            // The first fit that is sent to a run is that run; what follows is nested in it.
            boolean isTarget = thread < WITH_A_RUN && run.info().runId().equals(TARGETS.get(thread));
            parents.put(name, isTarget ? "is the target" : run.data().tags().get("mlflow.parentRunId"));
            expected.put(name, thread >= WITH_A_RUN ? application : fit == 0 ? "is the target" : TARGETS.get(thread));
        });
        assertThat(parents).isEqualTo(expected);
        assertThat(stored.runs()).hasSize(1 + THREADS * FITS);
    }

    @Test
    void everyRunHasWhatItsOwnFitReportedAndNothingElse() {
        forEachFit((thread, fit, run) -> {
            String stage = fit % 2 == 0 ? "" : "LinearRegression.";
            Map<String, Double> metrics = StoredRuns.metrics(run);
            Result result = with.get(thread + "/" + fit);
            assertThat(run.data().params())
                    .isEqualTo(result.params())
                    .containsEntry(stage + "regParam", thread + fit / 10.0 + "");
            assertThat(result.training()).containsKeys("training_objectiveHistory", "training_rootMeanSquaredError");
            assertThat(metrics)
                    .containsAllEntriesOf(result.training())
                    .containsEntry(stage + "numExamples", (double) rows(thread, fit))
                    .containsEntry(stage + "numFeatures", 2.0);
            assertThat(run.inputs())
                    .filteredOn(input -> input.tags().containsValue("train"))
                    .extracting(DatasetInput::dataset)
                    .extracting(dataset -> dataset.name())
                    .containsExactly("table-" + thread + ".csv");
            assertThat(Path.of(run.info().artifactUri()).resolve("model/MLmodel"))
                    .exists();
            if (thread >= WITH_A_RUN || fit > 0) {
                assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
            }
        });
    }

    /** Work that is sent to a run is evaluated there too. */
    @Test
    void everyEvaluationIsOnTheRunOfItsOwnThread() {
        Map<String, Double> expected = new TreeMap<>();
        Map<String, Double> found = new TreeMap<>();
        with.forEach((fit, result) -> {
            int thread = Integer.parseInt(fit.substring(0, fit.indexOf('/')));
            String run = thread < WITH_A_RUN ? TARGETS.get(thread) : fit;
            String frame = frame(thread, Integer.parseInt(fit.substring(fit.indexOf('/') + 1)));
            expected.put(run + " rmse_" + frame, result.rmse());
        });
        forEachFit((thread, fit, run) -> {
            boolean isTarget = TARGETS.contains(run.info().runId());
            StoredRuns.metrics(run).forEach((name, value) -> {
                if (name.startsWith("rmse_")) {
                    found.put((isTarget ? run.info().runId() : thread + "/" + fit) + " " + name, value);
                }
            });
        });
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void aRunThatWorkIsSentToReadsNothingOfOtherThreads() {
        for (int thread = 0; thread < WITH_A_RUN; thread++) {
            String id = TARGETS.get(thread);
            Run target = stored.only(run -> run.info().runId().equals(id));
            assertThat(target.info().status()).isEqualTo(RunStatus.RUNNING);
            assertThat(target.inputs())
                    .isNotEmpty()
                    .extracting(input -> input.dataset().name())
                    .containsOnly("table-" + thread + ".csv");
        }
    }

    /** Takes one fit's run. */
    private interface FitCheck {
        void accept(int thread, int fit, Run run);
    }

    private static void forEachFit(FitCheck check) {
        for (int thread = 0; thread < THREADS; thread++) {
            for (int fit = 0; fit < FITS; fit++) {
                check.accept(
                        thread,
                        fit,
                        fit % 2 == 0
                                ? stored.fit("LinearRegression", "maxIter", "" + maxIter(thread, fit))
                                : stored.fit("Pipeline", "LinearRegression.maxIter", "" + maxIter(thread, fit)));
            }
        }
    }
}
