import java.util.Locale;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A job that prints what it computes, stops, and exits with a code of its own: 7.
 *
 * <p>Arguments: the training table, and {@code late} if the same job is to run before without the listener, which only the second
 * application in the same JVM has then.
 */
public final class Steady {
    private Steady() {}

    public static void main(String[] args) {
        if (args.length > 1) {
            run(SparkSession.builder().getOrCreate(), args[0]);
            System.setProperty("spark.extraListeners", "io.sparkmlflow.MlflowSparkListener");
        }
        run(SparkSession.builder().getOrCreate(), args[0]);
        System.exit(7);
    }

    private static void run(SparkSession spark, String table) {
        Dataset<Row> rows = spark.read()
                .option("header", "true")
                .option("inferSchema", "true")
                .csv(table)
                .selectExpr("*", "double(diagnosis = 'M') AS label");
        VectorAssembler assembler = new VectorAssembler()
                .setInputCols(new String[] {"mean_radius", "mean_texture"})
                .setOutputCol("features");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {assembler, new LogisticRegression().setMaxIter(5)})
                .fit(rows);
        double accuracy = new MulticlassClassificationEvaluator()
                .setMetricName("accuracy")
                .evaluate(model.transform(rows));
        System.out.printf(Locale.ROOT, "accuracy %.6f%n", accuracy);
        for (Row group : rows.groupBy("diagnosis").count().orderBy("diagnosis").collectAsList()) {
            System.out.println(group);
        }
        spark.stop();
    }
}
