package io.sparkmlflow.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * The Spark application whose driver is measured. Does what the lines of its standard input ask for, and answers each with a
 * line of {@code MEASURED name=value …}. It knows nothing of any listener.
 */
public final class ListenerWorkload {
    private static final int SMALL_JOB_TASKS = 2;
    /** Four tasks of this on two cores are two waves, which with Spark's own work make a job of about 20 ms. */
    private static final int STORM_TASKS = 4;

    private static final int STORM_TASK_MILLIS = 8;
    private static final int TABLE_ROWS = 20;
    private static final long DRAIN_MILLIS = 600_000;
    private static final long STREAM_SETTLES_MILLIS = 1_000;
    private static final String HELD = "benchmarks.held";

    private final SparkSession spark;
    private final JavaSparkContext context;
    private StreamingQuery stream;

    private ListenerWorkload(SparkSession spark) {
        this.spark = spark;
        this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    public static void main(String[] args) throws Exception {
        ListenerWorkload workload = new ListenerWorkload(SparkSession.builder().getOrCreate());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        answer(Map.of("ready", 1.0));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answer(workload.carryOut(line.split(" ")));
        }
    }

    private static void answer(Map<String, Double> figures) {
        StringJoiner text = new StringJoiner(" ", "MEASURED ", "");
        figures.forEach((name, value) -> text.add(name + "=" + value));
        System.out.println(text);
    }

    private Map<String, Double> carryOut(String[] words) throws Exception {
        switch (words[0]) {
            case "tasks":
                return measure(() -> jobs(number(words, 1), number(words, 2)));
            case "jobs":
                return measure(() -> jobs(number(words, 1), SMALL_JOB_TASKS));
            case "storm":
                return measure(() -> storm(number(words, 1)));
            case "table":
                table(number(words, 1), words[2]);
                return Map.of();
            case "queries":
                return measure(() -> queries(number(words, 1), number(words, 2)));
            case "executions":
                return measure(() -> executions(number(words, 1), number(words, 2)));
            case "triggers":
                triggers(number(words, 1), words[2]);
                return Map.of();
            case "heap":
                return Map.of("heap", (double) DriverFigures.heapInUse());
            case "bus":
                return DriverFigures.bus(spark.sparkContext());
            case "threads":
                return DriverFigures.threads();
            case "rest":
                Thread.sleep(number(words, 1));
                return Map.of();
            case "stop":
                return measureStop();
            default:
                throw new IllegalArgumentException(String.join(" ", words));
        }
    }

    private static int number(String[] words, int index) {
        return Integer.parseInt(words[index]);
    }

    /**
     * Measures the user's own time ({@code seconds}), and until every listener has seen every event ({@code drained}), so that
     * nothing of it falls into the time of whoever is measured next; processor time is that of both together.
     */
    private Map<String, Double> measure(Runnable work) throws Exception {
        double process = DriverFigures.processSeconds();
        double listeners = DriverFigures.listenerThreadsSeconds();
        double ours = DriverFigures.ourThreadsSeconds();
        long start = System.nanoTime();
        work.run();
        long done = System.nanoTime();
        spark.sparkContext().listenerBus().waitUntilEmpty(DRAIN_MILLIS);
        long drained = System.nanoTime();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("seconds", (done - start) / 1e9);
        figures.put("drained", (drained - start) / 1e9);
        figures.put("process", DriverFigures.processSeconds() - process);
        figures.put("listeners", DriverFigures.listenerThreadsSeconds() - listeners);
        figures.put("ours", DriverFigures.ourThreadsSeconds() - ours);
        return figures;
    }

    /**
     * Lets one streaming query, which goes on from call to call, come to a number of micro-batches without a rest between them, and
     * holds it there: what a micro-batch in the middle of its work has in memory is more than what is looked for.
     */
    private void triggers(int batches, String checkpoint) throws Exception {
        if (stream == null) {
            stream = spark.readStream()
                    .format("rate-micro-batch")
                    .option("rowsPerBatch", TABLE_ROWS)
                    .option("numPartitions", 1)
                    .load()
                    .map((MapFunction<Row, Long>) ListenerWorkload::heldValue, Encoders.LONG())
                    .writeStream()
                    .format("noop")
                    .option("checkpointLocation", checkpoint)
                    .trigger(Trigger.ProcessingTime(0))
                    .start();
        }
        System.clearProperty(HELD);
        while (stream.lastProgress() == null || stream.lastProgress().batchId() < batches) {
            if (stream.awaitTermination(100)) {
                throw new IllegalStateException("The query ended by itself");
            }
        }
        System.setProperty(HELD, "true");
        Thread.sleep(STREAM_SETTLES_MILLIS);
    }

    private static Long heldValue(Row row) throws InterruptedException {
        while (Boolean.getBoolean(HELD)) {
            Thread.sleep(10);
        }
        return row.getLong(row.fieldIndex("value"));
    }

    private Map<String, Double> measureStop() {
        long start = System.nanoTime();
        spark.stop();
        return Map.of("seconds", (System.nanoTime() - start) / 1e9);
    }

    private void jobs(int jobs, int tasks) {
        for (int i = 0; i < jobs; i++) {
            JavaRDD<Integer> empty = context.parallelize(List.of(), tasks);
            empty.count();
        }
    }

    private void storm(int jobs) {
        for (int i = 0; i < jobs; i++) {
            JavaRDD<Integer> empty = context.parallelize(List.of(), STORM_TASKS);
            empty.foreachPartition(rows -> Thread.sleep(STORM_TASK_MILLIS));
        }
    }

    /** Writes a table of a few rows with that many columns; the name by which queries know it is its number of columns. */
    private void table(int columns, String folder) {
        String[] expressions = new String[columns];
        for (int i = 0; i < columns; i++) {
            expressions[i] = "id * " + (i + 1) + " as c" + i;
        }
        spark.range(0, TABLE_ROWS, 1, 1).selectExpr(expressions).write().parquet(folder);
        spark.read().parquet(folder).createOrReplaceTempView("t" + columns);
    }

    private void queries(int columns, int queries) {
        for (int i = 0; i < queries; i++) {
            spark.sql("select * from t" + columns + " where c0 = " + i % TABLE_ROWS)
                    .collectAsList();
        }
    }

    /** Queries that need no job: the optimizer finds out that they have no rows. */
    private void executions(int columns, int executions) {
        for (int i = 0; i < executions; i++) {
            spark.sql("select c0, c1 + " + i + " from t" + columns + " where false")
                    .collectAsList();
        }
    }
}
