package io.sparkmlflow.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.RandomForestClassificationModel;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Few rows through a forest of about 95,000 nodes in eight tasks: most of the time goes into bringing it there. */
final class BigForestBenchmark {
    private static final double GOAL = 8;
    private static final int TASKS = 8;
    private static final int ROWS = 2000;
    private static final int TRAINING_ROWS = 20_000;
    private static final int TREES = 36;
    private static final int SMOKE_TREES = 2;
    private static final int DEPTH = 14;
    private static final int WARM_UPS = 2;

    private final ScoringSpark spark;
    private final int pairs;
    private final int trees;

    BigForestBenchmark(ScoringSpark spark, int pairs, boolean isSmoke) {
        this.spark = spark;
        this.pairs = pairs;
        this.trees = isSmoke ? SMOKE_TREES : TREES;
    }

    void run() {
        String[] inputs = ScoringPipelines.NUMBERS.inputs();
        // A label by chance, so that the trees grow.
        Dataset<Row> training = ScoringPipelines.table(spark.session(), TRAINING_ROWS)
                .selectExpr("*", "cast(pmod(xxhash64(id, 99), 2) AS DOUBLE) AS coin")
                .select("coin", inputs)
                .repartition(2)
                .cache();
        PipelineModel fitted = new Pipeline()
                .setStages(new PipelineStage[] {
                    new VectorAssembler().setInputCols(inputs).setOutputCol("features"),
                    new RandomForestClassifier()
                            .setLabelCol("coin")
                            .setNumTrees(trees)
                            .setMaxDepth(DEPTH)
                            .setMaxMemoryInMB(1024)
                            .setSeed(1)
                })
                .fit(training);
        int nodes = Arrays.stream(((RandomForestClassificationModel) fitted.stages()[1]).trees())
                .mapToInt(tree -> tree.numNodes())
                .sum();
        ScoringSpark.Saved model = spark.save(fitted, "big-forest", training);
        Dataset<Row> table = spark.table(ROWS).repartition(TASKS).cache();
        table.count();
        Supplier<Dataset<Row>> transform = () -> model.model().transform(table).select("prediction");
        Supplier<Dataset<Row>> function = () -> table.selectExpr(model.call("mlflow_predict"));
        for (int i = 0; i < WARM_UPS; i++) {
            ScoringSpark.seconds(transform.get());
            ScoringSpark.seconds(function.get());
        }
        Ratios ratios = new Ratios(
                String.format(
                        Locale.ROOT, "forest of %,d nodes, prediction of %d rows in %d tasks", nodes, ROWS, TASKS),
                "rows/s",
                GOAL,
                "transform",
                "function");
        for (int i = 0; i < pairs; i++) {
            if (i % 2 == 0) {
                Cost first = ScoringSpark.cost(transform.get());
                ratios.add(ROWS, first, ScoringSpark.cost(function.get()));
            } else {
                Cost first = ScoringSpark.cost(function.get());
                ratios.add(ROWS, ScoringSpark.cost(transform.get()), first);
            }
        }
        System.out.println(ratios);
    }
}
