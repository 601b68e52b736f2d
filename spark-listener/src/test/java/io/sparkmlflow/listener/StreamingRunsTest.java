package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real streaming queries of one application, as their runs. */
class StreamingRunsTest {
    @TempDir
    static Path directory;

    /** The local properties of the jobs that save models. */
    private static final List<Properties> SAVING = new CopyOnWriteArrayList<>();

    private static String store;
    private static StoredRuns runs;
    private static StreamingQueryProgress[] counted;
    private static StreamingQueryProgress[] countedAgain;
    private static String countsId;
    private static String failedId;
    private static String others;

    @BeforeAll
    static void runAnApplication() throws Exception {
        store = "sqlite:///" + directory.resolve("mlflow.db");
        others = createRun("others");
        SparkSession spark = start("streams", Map.of());
        try {
            spark.sparkContext().addSparkListener(new SavingJobs());
            words();
            count(spark);
            failAQuery(spark);
            learn(spark);
            sendToAnotherRun(spark);
            StreamingQuery endless = rate(spark).queryName("endless").start();
            while (endless.recentProgress().length < 2) {
                Thread.sleep(20);
            }
            // It still runs when the application ends.
        } finally {
            spark.stop();
        }
        runs = StoredRuns.read(store);
    }

    @Test
    void aQueryIsARunBelowTheApplications() {
        Run application = runs.application("streams");
        assertThat(application.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(runs.childrenOf(application))
                .extracting(run -> run.info().runName())
                .containsExactlyInAnyOrder("counts", "counts", failedId, "learning", "endless");

        Run counts = counts(countedAgain);
        assertThat(counts.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(counts.data().tags())
                .containsEntry("spark.streaming.queryId", countsId)
                .containsEntry("mlflow.source.type", "JOB");
        assertThat(counts.data().params())
                .containsEntry("queryId", countsId)
                .containsEntry("queryName", "counts")
                .containsEntry("trigger", "AvailableNowTrigger")
                .containsEntry("outputMode", "Append")
                .containsEntry("checkpointLocation", "file:" + at("checkpoint"))
                .containsEntry("source", "FileStreamSource[file:" + at("words") + "]")
                .hasEntrySatisfying(
                        "sink", sink -> assertThat(sink).startsWith("FileSink[").endsWith(at("counts") + "]"));
    }

    @Test
    void theMetricsAreThoseOfSparksProgress() {
        for (StreamingQueryProgress[] progress : List.of(counted, countedAgain)) {
            Run run = counts(progress);
            StreamingQueryProgress last = progress[progress.length - 1];
            Map<String, Double> expected = new TreeMap<>();
            expected.put("batches", (double) progress.length);
            expected.put("batch_id", (double) last.batchId());
            expected.put("batch_duration_seconds", last.batchDuration() / 1e3);
            expected.put("input_rows", (double) Arrays.stream(progress)
                    .mapToLong(StreamingQueryProgress::numInputRows)
                    .sum());
            expected.put("state_rows", state(last, StateOperatorProgress::numRowsTotal));
            expected.put("state_memory_bytes", state(last, StateOperatorProgress::memoryUsedBytes));
            expected.put(
                    "state_rows_dropped_by_watermark",
                    Arrays.stream(progress)
                            .mapToDouble(one -> state(one, StateOperatorProgress::numRowsDroppedByWatermark))
                            .sum());
            expected.put("watermark_epoch_millis", (double)
                    Instant.parse(last.eventTime().get("watermark")).toEpochMilli());
            Map<String, Double> actual = StoredRuns.metrics(run);
            expected.forEach((name, value) -> assertThat(actual).containsEntry("spark/streaming/" + name, value));
            assertThat(actual)
                    .containsKeys("spark/streaming/wall_time_seconds", "spark/streaming/watermark_lag_seconds");
        }
        // Zeros on both sides would prove nothing.
        assertThat(StoredRuns.metrics(counts(counted)))
                .containsEntry("spark/streaming/input_rows", 6.0)
                .hasEntrySatisfying(
                        "spark/streaming/state_rows", value -> assertThat(value).isPositive());
        assertThat(StoredRuns.metrics(counts(countedAgain)))
                .containsEntry("spark/streaming/input_rows", 2.0)
                .containsEntry("spark/streaming/state_rows_dropped_by_watermark", 1.0)
                .hasEntrySatisfying("spark/streaming/state_memory_bytes", value -> assertThat(value)
                        .isPositive());
    }

    @Test
    void whatAQueryReadsAndWritesAreDatasetsOfItsRun() {
        Run counts = counts(counted);
        assertThat(counts.inputs())
                .extracting(StreamingRunsTest::used)
                .containsExactlyInAnyOrder("read words", "read stopwords", "write counts");
        assertThat(counts.inputs())
                .filteredOn(input -> input.dataset().name().equals("words"))
                .singleElement()
                .satisfies(input -> {
                    assertThat(input.dataset().source()).isEqualTo("{\"path\": \"file:" + at("words") + "\"}");
                    assertThat(input.dataset().schema()).contains("\"name\": \"word\"");
                });
        assertThat(counts.data().tags().get("sparkDatasourceInfo"))
                .contains("path=file:" + at("words") + ",format=json", "stopwords,format=parquet");
        // The application's own are those of its queries that do not stream, and what reads a query's output names the
        // same data.
        assertThat(runs.application("streams").inputs())
                .extracting(StreamingRunsTest::used)
                .containsExactlyInAnyOrder("write stopwords", "read counts");
        assertThat(digest(runs.application("streams"), "stopwords")).isEqualTo(digest(counts, "stopwords"));
    }

    @Test
    void aRestartIsAnotherRunOfTheSameQuery() {
        assertThat(runs.where(run -> countsId.equals(run.data().tags().get("spark.streaming.queryId"))))
                .hasSize(2)
                .extracting(run -> run.data().tags().get("spark.streaming.runId"))
                .containsExactlyInAnyOrder(
                        counted[0].runId().toString(), countedAgain[0].runId().toString());
        assertThat(StoredRuns.metrics(counts(countedAgain)))
                .containsEntry("spark/streaming/batch_id", countedAgain[countedAgain.length - 1].batchId() * 1.0);
    }

    @Test
    void aQueryThatFailsSaysWithWhat() {
        Run failed = runs.only(run -> failedId.equals(run.info().runName()));
        assertThat(failed.info().status()).isEqualTo(RunStatus.FAILED);
        assertThat(failed.data().tags().get("spark.streaming.exception"))
                .contains("meant to fail")
                .doesNotContain("\n");
        assertThat(failed.data().params()).doesNotContainKey("queryName").containsEntry("queryId", failedId);
    }

    @Test
    void aQueryThatStillRunsEndsAsTheApplicationDoes() {
        Run endless = runs.only(run -> "endless".equals(run.info().runName()));
        assertThat(endless.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(endless.info().endTime())
                .isEqualTo(runs.application("streams").info().endTime());
        assertThat(StoredRuns.metrics(endless)).containsKey("spark/streaming/processed_rows_per_second");
        assertThat(endless.data().params()).containsEntry("trigger", "ProcessingTimeTrigger(100)");
        assertThat(endless.data().params().get("source")).startsWith("RateStreamV2[rowsPerSecond=20");
        assertThat(endless.inputs()).isEmpty();
    }

    @Test
    void fitsAndEvaluationsInMicroBatchesBelongToTheQuery() {
        Run learning = runs.only(run -> "learning".equals(run.info().runName()));
        assertThat(learning.info().status()).isEqualTo(RunStatus.FINISHED);
        List<Run> fits = runs.childrenOf(learning);
        assertThat(fits).hasSize(3).allSatisfy(fit -> {
            assertThat(fit.info().status()).isEqualTo(RunStatus.FINISHED);
            assertThat(fit.data().tags())
                    .containsEntry("estimator_name", "LinearRegression")
                    .containsKey("spark.streaming.queryId");
            assertThat(Path.of(fit.info().artifactUri()).resolve("model/MLmodel"))
                    .exists();
            assertThat(fit.data().metrics()).noneMatch(metric -> metric.key().startsWith("rmse"));
        });
        assertThat(fits)
                .extracting(fit -> fit.data().tags().get("spark.streaming.batchId"))
                .containsExactlyInAnyOrder("0", "1", "2");
        assertThat(runs.history(learning, "rmse_held_out"))
                .hasSize(3)
                .extracting(Metric::value)
                .doesNotHaveDuplicates();
    }

    @Test
    void modelsAreNotSavedInTheJobGroupOfTheQuery() {
        assertThat(SAVING).isNotEmpty().allSatisfy(properties -> assertThat(properties)
                .doesNotContainKeys("spark.jobGroup.id", "sql.streaming.queryId", "streaming.sql.batchId"));
    }

    @Test
    void whatMicroBatchesWriteIsOneDatasetForEachPlace() {
        Run learning = runs.only(run -> "learning".equals(run.info().runName()));
        assertThat(learning.inputs())
                .extracting(StreamingRunsTest::used)
                .containsExactlyInAnyOrder("read numbers", "write learned", "read stopwords");
    }

    @Test
    void aQueryGoesWhereItsThreadSendsIt() {
        Run target = runs.application("others");
        assertThat(runs.childrenOf(target))
                .extracting(run -> run.info().runName())
                .containsExactly("sent");
        assertThat(target.info().status()).isEqualTo(RunStatus.RUNNING);
        assertThat(target.inputs()).isEmpty();
    }

    @Test
    void withoutMetricsAQueryStillHasARun() throws Exception {
        SparkSession spark = start("unmeasured", Map.of("spark.mlflow.metrics", "off"));
        try {
            rate(spark).trigger(Trigger.Once()).queryName("quiet").start().awaitTermination();
        } finally {
            spark.stop();
        }
        Run quiet = StoredRuns.read(store).only(run -> "quiet".equals(run.info().runName()));
        assertThat(quiet.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(quiet.data().metrics()).isEmpty();
        assertThat(quiet.data().params()).containsKeys("source", "sink", "trigger");
    }

    /** Counts words in windows, and again after a restart, when one comes too late for the watermark. */
    private static void count(SparkSession spark) throws TimeoutException, StreamingQueryException {
        spark.sql("select 'the' as word").write().parquet(at("stopwords"));
        StreamingQuery query = counts(spark).start();
        query.awaitTermination();
        counted = query.recentProgress();
        countsId = query.id().toString();
        writeWords(
                4,
                "{\"at\": \"2026-01-01T10:03:00Z\", \"word\": \"late\"}",
                "{\"at\": \"2026-01-01T18:00:00Z\", \"word\": \"d\"}");
        query = counts(spark).start();
        query.awaitTermination();
        countedAgain = query.recentProgress();
        spark.read().parquet(at("counts")).count();
    }

    private static DataStreamWriter<Row> counts(SparkSession spark) {
        return spark.readStream()
                .schema("at timestamp, word string")
                .option("maxFilesPerTrigger", 1)
                .json(at("words"))
                .withWatermark("at", "10 minutes")
                .join(
                        spark.read().parquet(at("stopwords")).withColumnRenamed("word", "stopword"),
                        org.apache.spark.sql.functions.expr("word = stopword"),
                        "left_anti")
                .selectExpr("window(at, '5 minutes') as period", "at", "word")
                .groupBy("period", "word")
                .count()
                .writeStream()
                .queryName("counts")
                .outputMode("append")
                .format("parquet")
                .option("checkpointLocation", at("checkpoint"))
                .option("path", at("counts"))
                .trigger(Trigger.AvailableNow());
    }

    private static void failAQuery(SparkSession spark) throws TimeoutException {
        StreamingQuery query = spark.readStream()
                .format("rate")
                .load()
                .selectExpr("if(value >= 0, raise_error('meant to fail\nsecond line'), 1) as x")
                .writeStream()
                .format("noop")
                .start();
        failedId = query.id().toString();
        assertThatThrownBy(query::awaitTermination)
                .isInstanceOf(StreamingQueryException.class)
                .hasStackTraceContaining("meant to fail");
    }

    /** Fits and evaluates a model in each of three micro-batches, and writes each one to the same folder. */
    private static void learn(SparkSession spark) throws TimeoutException, StreamingQueryException {
        for (int file = 0; file < 3; file++) {
            int slope = file + 1;
            write(
                    "numbers",
                    file,
                    IntStream.range(0, 20)
                            .mapToObj(x -> "{\"x\": %d, \"y\": %d}".formatted(x, slope * x + x % (2 + slope)))
                            .toArray(String[]::new));
        }
        VoidFunction2<Dataset<Row>, Long> learner = (batch, id) -> {
            Dataset<Row> features = new VectorAssembler()
                    .setInputCols(new String[] {"x"})
                    .setOutputCol("features")
                    .transform(batch);
            LinearRegressionModel model =
                    new LinearRegression().setLabelCol("y").setMaxIter(2).fit(features);
            new RegressionEvaluator().setLabelCol("y").evaluate(model.transform(features.as("held_out")));
            batch.sparkSession().read().parquet(at("stopwords")).count();
            batch.write().mode(SaveMode.Append).parquet(at("learned"));
        };
        spark.readStream()
                .schema("x double, y double")
                .option("maxFilesPerTrigger", 1)
                .json(at("numbers"))
                .writeStream()
                .queryName("learning")
                .trigger(Trigger.AvailableNow())
                .foreachBatch(learner)
                .start()
                .awaitTermination();
    }

    private static void sendToAnotherRun(SparkSession spark) throws TimeoutException, StreamingQueryException {
        spark.sparkContext().setLocalProperty("spark.mlflow.runId", others);
        StreamingQuery query =
                rate(spark).trigger(Trigger.Once()).queryName("sent").start();
        spark.sparkContext().setLocalProperty("spark.mlflow.runId", null);
        query.awaitTermination();
    }

    private static DataStreamWriter<Row> rate(SparkSession spark) {
        return spark.readStream()
                .format("rate")
                .option("rowsPerSecond", 20)
                .load()
                .writeStream()
                .trigger(Trigger.ProcessingTime(100))
                .format("noop");
    }

    private static void words() {
        writeWords(
                1,
                "{\"at\": \"2026-01-01T10:00:00Z\", \"word\": \"a\"}",
                "{\"at\": \"2026-01-01T10:01:00Z\", \"word\": \"b\"}",
                "{\"at\": \"2026-01-01T10:02:00Z\", \"word\": \"the\"}");
        writeWords(
                2,
                "{\"at\": \"2026-01-01T12:00:00Z\", \"word\": \"b\"}",
                "{\"at\": \"2026-01-01T12:01:00Z\", \"word\": \"c\"}");
        writeWords(3, "{\"at\": \"2026-01-01T12:02:00Z\", \"word\": \"c\"}");
    }

    private static void writeWords(int number, String... lines) {
        write("words", number, lines);
    }

    /** Writes a file that is younger than those of a smaller number, as the order of a stream of files is that of their ages. */
    private static void write(String folder, int number, String... lines) {
        try {
            Path file = Files.createDirectories(directory.resolve(folder)).resolve(number + ".json");
            Files.write(file, List.of(lines));
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + number * 10_000L));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class SavingJobs extends SparkListener {
        @Override
        public void onJobStart(SparkListenerJobStart event) {
            if (event.properties().getProperty("spark.job.description", "").startsWith("spark-mlflow: save")) {
                SAVING.add(event.properties());
            }
        }
    }

    private static SparkSession start(String name, Map<String, String> conf) {
        SparkSession.Builder builder = SparkSession.builder()
                .appName(name)
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "1")
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.sql.streaming.forceDeleteTempCheckpointLocation", "true")
                .config("spark.mlflow.flushTimeoutSeconds", "120")
                .config("spark.extraListeners", MlflowSparkListener.class.getName())
                .config("spark.mlflow.trackingUri", store);
        conf.forEach(builder::config);
        return builder.getOrCreate();
    }

    private static String createRun(String name) {
        try (MlflowClient client = new MlflowClient(store)) {
            return client.tracking()
                    .createRun(new CreateRun("0", name, "me", 0L, Map.of()))
                    .info()
                    .runId();
        }
    }

    private static Run counts(StreamingQueryProgress[] progress) {
        String runId = progress[0].runId().toString();
        return runs.only(run -> runId.equals(run.data().tags().get("spark.streaming.runId")));
    }

    private static double state(StreamingQueryProgress progress, ToLongFunction<StateOperatorProgress> value) {
        return Arrays.stream(progress.stateOperators()).mapToLong(value).sum();
    }

    private static String used(DatasetInput input) {
        return input.tags().get("mlflow.data.context") + " " + input.dataset().name();
    }

    private static String digest(Run run, String dataset) {
        return run.inputs().stream()
                .filter(input -> input.dataset().name().equals(dataset))
                .map(input -> input.dataset().digest())
                .findFirst()
                .orElseThrow();
    }

    private static String at(String name) {
        return directory.resolve(name).toString();
    }
}
