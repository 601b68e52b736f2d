package io.sparkmlflow.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The same saved model through Python's {@code mlflow.pyfunc.spark_udf}, on far fewer rows than here, since it does some
 * thousand rows a second. Its start, in which each of its workers starts a Spark, is told and not counted.
 */
final class PythonUdfBenchmark {
    private static final String SCRIPT =
            Path.of("src/main/python/udf_side.py").toAbsolutePath().toString();
    private static final double GOAL = 50;
    private static final int ROWS = 20_000;
    private static final int SMOKE_ROWS = 2000;
    /** Python starts a Spark in each of its processes. */
    private static final int RUNS = 3;

    private static final int OUR_SHARE = 50;

    private final ScoringSpark spark;
    private final Path folder;
    private final int rows;

    PythonUdfBenchmark(ScoringSpark spark, Path folder, boolean isSmoke) {
        this.spark = spark;
        this.folder = folder;
        this.rows = isSmoke ? SMOKE_ROWS : ROWS;
    }

    void run() {
        ScoringSpark.Saved model = spark.save(ScoringPipelines.NUMBERS);
        spark.table(rows);
        List<String> lines = new ArrayList<>();
        Side.execute(
                folder,
                List.of(
                        Side.PYTHON_PROGRAM.toString(),
                        SCRIPT,
                        model.path().toString(),
                        spark.tablePath(rows).toString(),
                        String.join(",", ScoringPipelines.NUMBERS.inputs()),
                        String.valueOf(RUNS)),
                lines::add,
                "spark_udf");
        List<Double> seconds = lines.stream()
                .filter(line -> line.startsWith("seconds "))
                .map(line -> Double.valueOf(line.substring("seconds ".length())))
                .toList();
        long ours = (long) rows * OUR_SHARE;
        Dataset<Row> table = spark.table(ours);
        ScoringSpark.seconds(table.selectExpr(model.call("mlflow_predict")));
        Ratios ratios = new Ratios(
                "numbers, prediction; " + rows + " rows in Python, " + ours + " here; its first run took "
                        + seconds.get(0) + " s",
                "rows/s",
                GOAL,
                "spark_udf",
                "function");
        for (double theirs : seconds.subList(1, seconds.size())) {
            ratios.add(rows / theirs, ours / ScoringSpark.seconds(table.selectExpr(model.call("mlflow_predict"))));
        }
        System.out.println(ratios);
    }
}
