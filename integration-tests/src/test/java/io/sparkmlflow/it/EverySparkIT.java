package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkmlflow.it.Tracked.TrackedRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The matrix: what can be tracked, from Java and from Python, on every Spark. One program for each language does all of it in one
 * process, and all of them write to one store, which Python's MLflow reads once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EverySparkIT {
    private static final String APPLICATIONS = "applications";
    private static final String APPLICATIONS_WITH_DELTA = "applicationsWithDelta";

    /** The folders with Delta's jars, by Spark's line. For 4.3 there is none. */
    private static final Map<String, String> DELTA =
            Map.of("3.5", "tables-oldest", "4.0", "tables-4.0", "4.1", "tables");

    private final Map<Application, Outcome> outcomes = new HashMap<>();
    private Tracked tracked;

    /** A program in one language on one Spark. */
    private record Application(Distribution spark, String language) {
        String name() {
            return language + " on Spark " + spark.version();
        }

        /** Returns the folder with Delta's jars, or {@code null}. */
        String delta() {
            return DELTA.get(spark.version().substring(0, 3));
        }

        boolean isPython() {
            return language.equals("Python");
        }

        @Override
        public String toString() {
            return name();
        }
    }

    static Stream<Application> applications() {
        return Distribution.all()
                .flatMap(spark -> Stream.of("Java", "Python").map(language -> new Application(spark, language)));
    }

    static Stream<Application> applicationsWithDelta() {
        return applications().filter(application -> application.delta() != null);
    }

    @BeforeAll
    void runEveryApplication() throws Exception {
        Path directory = Checkout.newWorkFolder("every-spark");
        String store = PythonMlflow.defaultStore(directory);
        Map<Application, SparkCommand> commands = new LinkedHashMap<>();
        for (Application application : applications().toList()) {
            commands.put(application, command(application, directory));
        }
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            Map<Application, Future<Outcome>> running = new LinkedHashMap<>();
            commands.forEach((application, command) -> running.put(application, two.submit(() -> command.tracked()
                    .forTinyData()
                    .environment("MLFLOW_TRACKING_URI", store)
                    .run(directory))));
            for (Map.Entry<Application, Future<Outcome>> one : running.entrySet()) {
                outcomes.put(one.getKey(), one.getValue().get());
            }
        } finally {
            two.shutdownNow();
        }
        tracked = PythonMlflow.describe(directory, store);
    }

    private static SparkCommand command(Application application, Path directory) throws Exception {
        Distribution spark = application.spark();
        Path folder =
                Files.createDirectories(directory.resolve(application.name().replace(' ', '-')));
        Path data = Files.createDirectory(folder.resolve("data"));
        Path programs = Checkout.root().resolve("integration-tests/src/test/apps");
        String delta = application.delta();
        List<Object> list = new ArrayList<>(List.of(application.name(), Checkout.trainingTable(), data));
        if (delta != null) {
            list.add("delta");
        }
        Object[] arguments = list.toArray();
        SparkCommand command = application.isPython()
                ? SparkCommand.submitPython(spark, programs.resolve("every_spark.py"), arguments)
                : SparkCommand.submit(
                        spark,
                        "EverySpark",
                        Programs.jar(spark, folder, programs.resolve("EverySpark.java")),
                        arguments);
        if (delta != null) {
            command.conf("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
                    .conf("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                    .conf("spark.databricks.delta.snapshotPartitions", "1")
                    .jars(Stream.of(Checkout.copiedJars(delta))
                            .filter(jar -> jar.getFileName().toString().startsWith("delta-"))
                            .toArray(Path[]::new));
        }
        return command;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void theProgramSeesNothingOfTheListener(Application application) {
        Outcome outcome = outcomes.get(application).assertSucceeded();
        assertThat(outcome.ourWarnings()).isEmpty();
        assertThat(outcome.stdout())
                .contains(application.isPython() ? "job failed True" : "job failed true", "fit failed");
    }

    /** The programs do not call {@code stop()}. */
    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void theApplicationIsARunThatEnds(Application application) {
        TrackedRun run = run(application);
        assertThat(run.status()).isEqualTo("FINISHED");
        assertThat(run.params())
                .containsEntry("spark.version", application.spark().version())
                .containsEntry("spark.master", "local[2]");
        assertThat(run.metrics())
                .containsEntry("spark/jobs_failed", 1.0)
                .hasEntrySatisfying(
                        "spark/jobs_succeeded", jobs -> assertThat(jobs).isGreaterThan(50))
                .hasEntrySatisfying(
                        "spark/input_records", records -> assertThat(records).isGreaterThan(427))
                .containsKey("spark/wall_time_seconds");
        assertThat(used(run)).contains("read train.csv");
        assertThat(tracked.childrenOf(run)).noneMatch(child -> child.status().equals("RUNNING"));
    }

    /** PySpark's {@code Pipeline} runs in Python: what the JVM sees of it is at least the fit of its last estimator. */
    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void aPipelineIsARun(Application application) {
        TrackedRun fit = fit(application, run -> hasIterations(run, "5"));
        assertFitted(fit);
        assertThat(fit.artifacts()).contains("model/MLmodel");
        if (!application.isPython()) {
            assertThat(fit.tags()).containsEntry("estimator_name", "Pipeline");
            assertThat(fit.params()).containsEntry("VectorAssembler.outputCol", "features");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void aPipelineInAPipelineIsPartOfItsRun(Application application) {
        TrackedRun fit = fit(application, run -> hasIterations(run, "7"));
        assertFitted(fit);
        assertThat(fit.artifacts()).contains("model/MLmodel");
        if (!application.isPython()) {
            assertThat(fit.tags()).containsEntry("estimator_name", "Pipeline");
            assertThat(fit.params())
                    .containsEntry("StandardScaler.withMean", "True")
                    .containsEntry("LogisticRegression.featuresCol", "scaled");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void aBareFitIsARunWithWhatAnEvaluatorComputes(Application application) {
        TrackedRun fit = fit(application, run -> isOf(run, "LogisticRegression") && hasIterations(run, "6"));
        assertFitted(fit);
        assertThat(fit.params()).containsEntry("regParam", "0.0").containsEntry("featuresCol", "features");
        assertThat(fit.metrics())
                .containsEntry("numFeatures", 2.0)
                .containsKey("training_objectiveHistory")
                .containsEntry("accuracy_seen", printed(application, "accuracy").get(0));
        assertThat(fit.artifacts()).contains("model/MLmodel", "estimator_info.json", "metric_info.json");
        assertThat(used(fit)).contains("train train.csv", "eval train.csv");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void clustersAreEvaluatedToo(Application application) {
        TrackedRun fit = fit(application, run -> isOf(run, "KMeans"));
        assertFitted(fit);
        assertThat(fit.params()).containsEntry("k", "3").containsEntry("seed", "1");
        assertThat(fit.metrics())
                .containsKey("training_trainingCost")
                .containsEntry(
                        "silhouette_seen", printed(application, "silhouette").get(0));
        assertThat(fit.artifacts()).contains("model/MLmodel");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void recommendationsAreARun(Application application) {
        TrackedRun fit = fit(application, run -> isOf(run, "ALS"));
        assertFitted(fit);
        assertThat(fit.params()).containsEntry("rank", "2").containsEntry("maxIter", "2");
        assertThat(fit.artifacts()).contains("model/MLmodel");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void oneVersusRestIsTracked(Application application) {
        TrackedRun fit = fit(application, run -> isOf(run, "OneVsRest"));
        assertFitted(fit);
        assertThat(fit.params()).containsEntry("labelCol", "label").containsEntry("LogisticRegression.maxIter", "2");
        assertThat(fit.artifacts()).contains("model/MLmodel");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void aCrossValidationHasARunForEachCandidate(Application application) {
        TrackedRun search = fit(application, run -> isOf(run, "CrossValidator"));
        assertSearched(search, "best_LogisticRegression.regParam");
        assertThat(search.params()).containsEntry("numFolds", "2");
        assertCandidates(search, "avg_areaUnderROC", printed(application, "avg"));
        assertThat(tracked.childrenOf(search))
                .allSatisfy(run -> assertThat(run.metrics()).containsKey("std_areaUnderROC"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void aTrainValidationSplitHasARunForEachCandidate(Application application) {
        TrackedRun search = fit(application, run -> isOf(run, "TrainValidationSplit"));
        assertSearched(search, "best_LinearRegression.regParam");
        assertCandidates(search, "rmse", printed(application, "validation"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void aFitThatFailsIsARunThatFailed(Application application) {
        assertThat(fit(application, run -> hasIterations(run, "77")).status()).isEqualTo("FAILED");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS)
    void aStreamingQueryIsARun(Application application) {
        TrackedRun query = fit(application, run -> run.name().equals("copy"));
        assertThat(query.status()).isEqualTo("FINISHED");
        assertThat(query.params()).containsEntry("trigger", "AvailableNowTrigger");
        assertThat(query.metrics()).containsEntry("spark/streaming/input_rows", 3.0);
        assertThat(used(query)).containsExactlyInAnyOrder("read lines", "write copied");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(APPLICATIONS_WITH_DELTA)
    void deltaTablesAreDatasetsWithTheirVersion(Application application) {
        assertThat(outcomes.get(application).stdout()).contains("rows 5");
        assertThat(run(application).datasets().valueStream())
                .filteredOn(dataset -> dataset.get("source_type").asText().equals("delta_table"))
                .hasSize(2)
                .allSatisfy(dataset ->
                        assertThat(dataset.get("source").asText()).contains("table", "\"delta_table_version\": 0"));
        assertThat(used(run(application))).contains("write table", "read table");
    }

    private static void assertFitted(TrackedRun fit) {
        assertThat(fit.status()).isEqualTo("FINISHED");
        assertThat(fit.datasets().valueStream())
                .extracting(dataset -> dataset.at("/tags/mlflow.data.context").asText())
                .contains("train");
    }

    private static void assertSearched(TrackedRun search, String bestParam) {
        assertFitted(search);
        assertThat(search.params()).containsKey(bestParam);
        assertThat(search.artifacts())
                .contains("best_parameters.json", "search_results.csv")
                .anyMatch(path -> path.endsWith("/MLmodel"));
    }

    /** The program prints the metrics in the order of the grid, which PySpark does not tell the JVM. */
    private void assertCandidates(TrackedRun search, String metric, List<Double> expected) {
        List<TrackedRun> candidates = tracked.childrenOf(search);
        assertThat(candidates).hasSize(2).allSatisfy(run -> assertThat(run.status())
                .isEqualTo("FINISHED"));
        double[] actual = candidates.stream()
                .mapToDouble(run -> run.metrics().get(metric))
                .sorted()
                .toArray();
        assertThat(actual)
                .containsExactly(
                        expected.stream()
                                .mapToDouble(Double::doubleValue)
                                .sorted()
                                .toArray(),
                        within(1e-9));
    }

    private TrackedRun run(Application application) {
        return tracked.only(run -> run.name().equals(application.name()));
    }

    /** Returns the one run just below the application's that meets a condition. */
    private TrackedRun fit(Application application, Predicate<TrackedRun> condition) {
        List<TrackedRun> found =
                tracked.childrenOf(run(application)).stream().filter(condition).toList();
        assertThat(found).as("the one such run of %s", application).hasSize(1);
        return found.get(0);
    }

    private static boolean isOf(TrackedRun run, String estimator) {
        return estimator.equals(run.tags().get("estimator_name"));
    }

    private static boolean hasIterations(TrackedRun run, String maxIter) {
        return maxIter.equals(run.params().get("maxIter"))
                || maxIter.equals(run.params().get("LogisticRegression.maxIter"));
    }

    private static List<String> used(TrackedRun run) {
        return StreamSupport.stream(run.datasets().spliterator(), false)
                .map(dataset -> dataset.at("/tags/mlflow.data.context").asText() + " "
                        + dataset.get("name").asText())
                .toList();
    }

    /** Returns the numbers on the line of the program's output that starts with a name. */
    private List<Double> printed(Application application, String name) {
        String line = outcomes.get(application).stdoutLines().stream()
                .filter(candidate -> candidate.startsWith(name + " "))
                .findFirst()
                .orElseThrow();
        return Arrays.stream(line.substring(name.length()).strip().split(" "))
                .map(Double::valueOf)
                .toList();
    }
}
