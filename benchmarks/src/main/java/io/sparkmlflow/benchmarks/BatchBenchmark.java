package io.sparkmlflow.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A table from Parquet to nowhere, through a model's function and through its {@code transform}, with all columns that the model
 * adds and with the prediction alone. Both have seen a share of the table before.
 */
final class BatchBenchmark {
    private static final double ALL_OUTPUTS_GOAL = 1.5;
    private static final double PREDICTION_GOAL = 2;
    private static final int WARM_UP_SHARE = 10;
    private static final int WARM_UPS = 3;

    private final ScoringSpark spark;
    private final int pairs;
    private final long rows;

    BatchBenchmark(ScoringSpark spark, int pairs, long rows) {
        this.spark = spark;
        this.pairs = pairs;
        this.rows = rows;
    }

    void run() {
        for (ScoringPipelines pipeline : ScoringPipelines.values()) {
            ScoringSpark.Saved model = spark.save(pipeline);
            String name = pipeline.name().toLowerCase(Locale.ROOT);
            compare(
                    name + ", all outputs of " + rows + " rows",
                    ALL_OUTPUTS_GOAL,
                    table -> {
                        Dataset<Row> transformed = model.model().transform(table);
                        return transformed.select(added(transformed, table));
                    },
                    table -> table.selectExpr(model.call("mlflow_predict_struct") + " AS row")
                            .select("row.*"));
            compare(
                    name + ", prediction of " + rows + " rows",
                    PREDICTION_GOAL,
                    table -> model.model().transform(table).select("prediction"),
                    table -> table.selectExpr(model.call("mlflow_predict")));
        }
    }

    private interface Scoring {
        Dataset<Row> score(Dataset<Row> table);
    }

    private void compare(String name, double goal, Scoring transform, Scoring function) {
        Dataset<Row> few = spark.table(rows / WARM_UP_SHARE);
        for (int i = 0; i < WARM_UPS; i++) {
            ScoringSpark.seconds(transform.score(few));
            ScoringSpark.seconds(function.score(few));
        }
        Dataset<Row> table = spark.table(rows);
        Ratios ratios = new Ratios(name, "rows/s", goal, "transform", "function");
        for (int i = 0; i < pairs; i++) {
            if (i % 2 == 0) {
                Cost first = ScoringSpark.cost(transform.score(table));
                ratios.add(rows, first, ScoringSpark.cost(function.score(table)));
            } else {
                Cost first = ScoringSpark.cost(function.score(table));
                ratios.add(rows, ScoringSpark.cost(transform.score(table)), first);
            }
        }
        System.out.println(ratios);
    }

    private static org.apache.spark.sql.Column[] added(Dataset<Row> transformed, Dataset<Row> table) {
        List<String> before = List.of(table.columns());
        return Arrays.stream(transformed.columns())
                .filter(column -> !before.contains(column))
                .map(transformed::col)
                .toArray(org.apache.spark.sql.Column[]::new);
    }
}
