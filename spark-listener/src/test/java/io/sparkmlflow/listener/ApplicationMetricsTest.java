package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the application's run says of its jobs, stages and tasks, beside what Spark's own web page says. */
class ApplicationMetricsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    @Test
    void theTotalsAreThoseOfSparksWebPage() throws Exception {
        String store = "sqlite:///" + directory.resolve("mlflow.db");
        SparkSession spark = start(store, "stages");
        work(spark);
        spark.sparkContext().listenerBus().waitUntilEmpty(60_000);
        Page page = Page.of(spark);
        spark.stop();

        StoredRuns runs = StoredRuns.read(store);
        Run run = runs.application("metrics");
        Map<String, Double> ours = StoredRuns.metrics(run);
        Map<String, Double> theirs = page.totals();
        assertThat(ours).containsAllEntriesOf(theirs);
        assertThat(ours.keySet()).containsAll(theirs.keySet());
        // A zero on both sides would prove nothing.
        assertThat(theirs).allSatisfy((name, value) -> {
            if (!name.endsWith("stages_retried") && !name.endsWith("gc_time_seconds") && !name.endsWith("killed")) {
                assertThat(value).as(name).isPositive();
            }
        });
        assertThat(ours.get("spark/wall_time_seconds")).isPositive();

        Map<Long, Double> shuffleRead = new TreeMap<>();
        for (Metric point : runs.history(run, "spark/stage/shuffle_read_bytes")) {
            shuffleRead.put(point.step(), point.value());
        }
        assertThat(shuffleRead).isEqualTo(page.byStage("shuffleReadBytes"));
    }

    @Test
    void theMetricsGrowWhileTheApplicationRuns() throws Exception {
        String store = "sqlite:///" + directory.resolve("mlflow.db");
        FactQueue queue = new FactQueue(100);
        ApplicationMetrics metrics = new ApplicationMetrics(queue, MetricsMode.SUMMARY, Duration.ofMillis(5));
        long start = System.currentTimeMillis() - 90_000;
        metrics.started(start);
        SparkSession spark = start(store, "off");
        Forwarding forwarding = new Forwarding(metrics);
        spark.sparkContext().addSparkListener(forwarding);
        spark.range(10).count();
        // The first sample after that job must come by itself: nothing here waits for a time.
        Fact.MetricsSampled sample = (Fact.MetricsSampled) queue.take();
        spark.stop();
        assertThat(bytesAllocatedFor(100_000, () -> metrics.add(forwarding.lastTask)))
                .isLessThan(100_000);

        assertThat(sample.points()).allSatisfy(point -> {
            assertThat(point.step()).isGreaterThanOrEqualTo(90);
            assertThat(point.value()).isPositive();
        });
        List<Metric> last = metrics.ended(start + 200_000);
        assertThat(last).extracting(Metric::step).containsOnly(200L);
        assertThat(last).extracting(Metric::key).contains("spark/jobs_succeeded", "spark/wall_time_seconds");
        assertThat(StoredRuns.metrics(StoredRuns.read(store).application("metrics")))
                .noneSatisfy((name, value) -> assertThat(name).startsWith("spark/"));
    }

    @Test
    void anUnknownModeIsTheDefault() {
        String store = "sqlite:///" + directory.resolve("mlflow.db");
        SparkSession spark = start(store, "everything");
        spark.range(10).count();
        spark.stop();
        assertThat(StoredRuns.metrics(StoredRuns.read(store).application("metrics")))
                .containsEntry("spark/jobs_succeeded", 1.0)
                .noneSatisfy((name, value) -> assertThat(name).startsWith("spark/stage/"));
    }

    private static long bytesAllocatedFor(int times, Runnable action) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < times; i++) {
            action.run();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static SparkSession start(String store, String metrics) {
        return SparkSession.builder()
                .appName("metrics")
                .master("local[2,3]")
                .config("spark.ui.enabled", "true")
                .config("spark.ui.port", "0")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.adaptive.enabled", "false")
                // Small enough that a sort spills.
                .config("spark.shuffle.spill.numElementsForceSpillThreshold", "500")
                .config("spark.extraListeners", MlflowSparkListener.class.getName())
                .config("spark.mlflow.trackingUri", store)
                .config("spark.mlflow.metrics", metrics)
                .getOrCreate();
    }

    /** Reads, writes, shuffles, spills; fails a task once, and a job for good. */
    private void work(SparkSession spark) {
        String files = directory.resolve("numbers").toString();
        spark.range(4000).repartition(3).write().parquet(files);
        Dataset<Row> numbers = spark.read().parquet(files);
        numbers.repartition(2).sortWithinPartitions("id").write().parquet(files + "-sorted");
        assertThat(numbers.selectExpr("id % 7 as k").groupBy("k").count().count())
                .isEqualTo(7);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        context.parallelize(List.of(1, 2, 3, 4), 2)
                .map(number -> {
                    if (TaskContext.get().attemptNumber() == 0 && number == 1) {
                        throw new IllegalStateException("once");
                    }
                    return number;
                })
                .collect();
        assertThatThrownBy(() -> context.parallelize(List.of(1, 2), 2).foreach(number -> {
                    if (number == 2) {
                        throw new IllegalStateException("always");
                    }
                }))
                .hasMessageContaining("always");
    }

    /** What Spark's web page has, from the REST interface behind it. */
    private record Page(JsonNode jobs, List<JsonNode> stages, List<JsonNode> tasks) {
        static Page of(SparkSession spark) throws IOException {
            String base = spark.sparkContext().uiWebUrl().get() + "/api/v1/applications/"
                    + spark.sparkContext().applicationId();
            List<JsonNode> stages = new ArrayList<>();
            List<JsonNode> tasks = new ArrayList<>();
            for (JsonNode stage : get(base + "/stages")) {
                stages.add(stage);
                if (!stage.get("status").asText().equals("SKIPPED")) {
                    get(base + "/stages/" + stage.get("stageId") + "/" + stage.get("attemptId")
                                    + "/taskList?length=1000")
                            .forEach(tasks::add);
                }
            }
            return new Page(get(base + "/jobs"), stages, tasks);
        }

        private static JsonNode get(String url) throws IOException {
            return JSON.readTree(URI.create(url).toURL());
        }

        Map<String, Double> totals() {
            Map<String, Double> totals = new TreeMap<>();
            totals.put("spark/jobs_succeeded", count(jobs, "SUCCEEDED"));
            totals.put("spark/jobs_failed", count(jobs, "FAILED"));
            totals.put("spark/stages_succeeded", count(stages, "COMPLETE"));
            totals.put("spark/stages_failed", count(stages, "FAILED"));
            totals.put(
                    "spark/stages_retried",
                    sum(stages, stage -> stage.get("attemptId").asInt() > 0 ? 1 : 0));
            totals.put("spark/tasks_succeeded", sum("numCompleteTasks"));
            totals.put("spark/tasks_failed", sum("numFailedTasks"));
            totals.put("spark/tasks_killed", sum("numKilledTasks"));
            totals.put(
                    "spark/tasks_retried",
                    sum(tasks, task -> task.get("attempt").asInt() > 0 ? 1 : 0));
            totals.put("spark/executor_run_time_seconds", sum("executorRunTime") / 1e3);
            totals.put("spark/executor_cpu_time_seconds", sum("executorCpuTime") / 1e9);
            totals.put("spark/jvm_gc_time_seconds", sum("jvmGcTime") / 1e3);
            totals.put("spark/input_bytes", sum("inputBytes"));
            totals.put("spark/input_records", sum("inputRecords"));
            totals.put("spark/output_bytes", sum("outputBytes"));
            totals.put("spark/output_records", sum("outputRecords"));
            totals.put("spark/shuffle_read_bytes", sum("shuffleReadBytes"));
            totals.put("spark/shuffle_read_records", sum("shuffleReadRecords"));
            totals.put("spark/shuffle_write_bytes", sum("shuffleWriteBytes"));
            totals.put("spark/shuffle_write_records", sum("shuffleWriteRecords"));
            totals.put("spark/memory_spilled_bytes", sum("memoryBytesSpilled"));
            totals.put("spark/disk_spilled_bytes", sum("diskBytesSpilled"));
            totals.put(
                    "spark/peak_execution_memory_bytes",
                    tasks.stream()
                            .mapToDouble(task -> task.path("taskMetrics")
                                    .path("peakExecutionMemory")
                                    .asDouble())
                            .max()
                            .orElseThrow());
            return totals;
        }

        Map<Long, Double> byStage(String field) {
            Map<Long, Double> values = new TreeMap<>();
            for (JsonNode stage : stages) {
                if (!stage.get("status").asText().equals("SKIPPED")) {
                    values.put(stage.get("stageId").asLong(), stage.get(field).asDouble());
                }
            }
            return values;
        }

        private double sum(String field) {
            return sum(stages, stage -> stage.get(field).asDouble());
        }

        private static double sum(Iterable<JsonNode> nodes, ToDoubleFunction<JsonNode> value) {
            double sum = 0;
            for (JsonNode node : nodes) {
                sum += value.applyAsDouble(node);
            }
            return sum;
        }

        private static double count(Iterable<JsonNode> nodes, String status) {
            return sum(nodes, node -> node.get("status").asText().equals(status) ? 1 : 0);
        }
    }

    /** Tells one application's events to metrics that are not its listener's. */
    private static final class Forwarding extends SparkListener {
        private final ApplicationMetrics metrics;
        private volatile SparkListenerTaskEnd lastTask;

        Forwarding(ApplicationMetrics metrics) {
            this.metrics = metrics;
        }

        @Override
        public void onJobEnd(SparkListenerJobEnd event) {
            metrics.add(event);
        }

        @Override
        public void onTaskEnd(SparkListenerTaskEnd event) {
            lastTask = event;
        }
    }
}
