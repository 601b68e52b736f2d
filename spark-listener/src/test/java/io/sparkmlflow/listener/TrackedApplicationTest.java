package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole applications in this JVM, with the listener and without any other trace of MLflow in them. */
class TrackedApplicationTest {
    @TempDir
    Path directory;

    private String store;
    private Path table;

    @BeforeEach
    void writeATable() throws IOException {
        store = "sqlite:///" + directory.resolve("mlflow.db");
        table = directory.resolve("people.csv");
        String rows = IntStream.range(0, 80)
                .mapToObj(i -> "%d,%d,%s".formatted(20 + i % 40, 100 * (i % 7), i % 5 < 2 ? "yes" : "no"))
                .collect(Collectors.joining("\n"));
        Files.writeString(table, "age,income,churned\n" + rows + "\n");
    }

    @Test
    void fitAndStopLeavesTheModel() {
        SparkSession spark = start(store);
        pipeline("age", "income").fit(people(spark));
        spark.stop();

        List<Run> runs = runs();
        Run application = application(runs);
        assertThat(application.info().runName()).isEqualTo("churn-training");
        assertThat(application.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(application.data().params())
                .containsEntry("spark.master", "local[2]")
                .containsEntry("spark.my.password", "*********(redacted)");
        assertThat(application
                        .data()
                        .metric("spark/jobs_succeeded")
                        .orElseThrow()
                        .value())
                .isPositive();
        assertThat(application.inputs())
                .extracting(input -> input.dataset().name())
                .containsExactly("people.csv");
        assertThat(application.data().tags().get("sparkDatasourceInfo"))
                .startsWith("path=file:")
                .endsWith("people.csv,format=csv");

        Run fit = fit(runs);
        assertThat(fit.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(fit.data().tags())
                .containsEntry("mlflow.parentRunId", application.info().runId())
                .containsEntry("estimator_class", "pyspark.ml.pipeline.Pipeline");
        assertThat(fit.data().params())
                .containsEntry("LogisticRegression.maxIter", "3")
                .containsEntry("VectorAssembler.inputCols", "['age', 'income']");
        assertThat(fit.inputs()).extracting(DatasetInput::tags).containsExactly(Map.of("mlflow.data.context", "train"));
        Path artifacts = Path.of(fit.info().artifactUri());
        assertThat(artifacts.resolve("estimator_info.json")).exists();
        assertThat(MlModel.read(artifacts.resolve("model"))
                        .signature()
                        .orElseThrow()
                        .inputNames())
                .containsExactly("age", "income");
    }

    @Test
    void theObjectiveIsAHistoryWithAPointForEachIteration() {
        SparkSession spark = start(store);
        pipeline("age", "income").fit(people(spark));
        spark.stop();

        try (MlflowClient client = new MlflowClient(store)) {
            List<Metric> history = client.tracking()
                    .getMetricHistory(fit(runs()).info().runId(), "training_objectiveHistory", 100, null)
                    .items();
            assertThat(history).hasSize(4);
            assertThat(history).extracting(Metric::step).containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
        }
    }

    @Test
    void theLoggedModelPredictsLikeTheFittedOne() {
        SparkSession spark = start(store);
        PipelineModel model = pipeline("age", "income").fit(people(spark));
        List<Row> expected =
                model.transform(people(spark)).select("probability").collectAsList();
        spark.stop();
        String folder = Path.of(fit(runs()).info().artifactUri(), "model", "sparkml")
                .toUri()
                .toString();

        SparkSession second = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
        List<Row> actual = PipelineModel.load(folder)
                .transform(people(second))
                .select("probability")
                .collectAsList();
        second.stop();

        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void aFitThatFailsIsAFailedRun() {
        SparkSession spark = start(store);
        assertThatThrownBy(() -> pipeline("age", "no_such_column").fit(people(spark)))
                .hasMessageContaining("no_such_column");
        spark.stop();

        List<Run> runs = runs();
        assertThat(application(runs).info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(fit(runs).info().status()).isEqualTo(RunStatus.FAILED);
    }

    @Test
    void withoutInstrumentationEventsTellThePipelinesAlone() {
        SparkSession spark = start(store, "spark.mlflow.instrumentation", "off");
        Dataset<Row> fitted = pipeline("age", "income").fit(people(spark)).transform(people(spark));
        new LogisticRegression()
                .setPredictionCol("again")
                .setProbabilityCol("p")
                .setRawPredictionCol("r")
                .fit(fitted);
        spark.stop();

        Run fit = fit(runs());
        assertThat(fit.data().tags()).containsEntry("estimator_name", "Pipeline");
        assertThat(fit.data().metrics()).noneMatch(metric -> metric.key().endsWith("numFeatures"));
        assertThat(Path.of(fit.info().artifactUri()).resolve("model/MLmodel")).exists();
    }

    @Test
    void aStoreThatCannotBeOpenedChangesNothing() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        SparkSession spark = start("sqlite:///" + file.resolve("mlflow.db"));
        long rows = pipeline("age", "income")
                .fit(people(spark))
                .transform(people(spark))
                .count();
        spark.stop();

        assertThat(rows).isEqualTo(80);
        assertThat(Files.list(directory).map(Path::getFileName).map(Path::toString))
                .containsExactlyInAnyOrder("file", "people.csv", "spool");
    }

    private SparkSession start(String store) {
        return start(store, "spark.mlflow.instrumentation", "auto");
    }

    private SparkSession start(String store, String key, String value) {
        return SparkSession.builder()
                .config(key, value)
                .appName("churn-training")
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.extraListeners", MlflowSparkListener.class.getName())
                .config("spark.mlflow.trackingUri", store)
                .config("spark.mlflow.spool", directory.resolve("spool").toString())
                .config("spark.my.password", "geheim")
                .getOrCreate();
    }

    private Dataset<Row> people(SparkSession spark) {
        return spark.read()
                .option("header", "true")
                .option("inferSchema", "true")
                .csv(table.toString());
    }

    private static Pipeline pipeline(String... inputs) {
        return new Pipeline().setStages(new PipelineStage[] {
            new StringIndexer().setInputCol("churned").setOutputCol("label"),
            new VectorAssembler().setInputCols(inputs).setOutputCol("features"),
            new LogisticRegression().setMaxIter(3)
        });
    }

    private List<Run> runs() {
        try (MlflowClient client = new MlflowClient(store)) {
            return client.tracking().searchRuns(SearchRuns.in("0")).items();
        }
    }

    private static Run application(List<Run> runs) {
        return runs.stream()
                .filter(run -> !run.data().tags().containsKey("mlflow.parentRunId"))
                .collect(Collectors.collectingAndThen(Collectors.toList(), TrackedApplicationTest::only));
    }

    private static Run fit(List<Run> runs) {
        return runs.stream()
                .filter(run -> run.data().tags().containsKey("mlflow.parentRunId"))
                .collect(Collectors.collectingAndThen(Collectors.toList(), TrackedApplicationTest::only));
    }

    private static Run only(List<Run> runs) {
        assertThat(runs).hasSize(1);
        return runs.get(0);
    }
}
