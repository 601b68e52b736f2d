import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Fits without a pipeline and in a search, then again with a second context in the same JVM.
 *
 * <p>Argument: the training table, a CSV file with a header.
 */
public final class EveryFit {
    private EveryFit() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().appName("every-fit").getOrCreate();
        Dataset<Row> data = data(spark, args[0]);
        LogisticRegressionModel model = new LogisticRegression().setMaxIter(5).fit(data);
        double accuracy = new MulticlassClassificationEvaluator()
                .setMetricName("accuracy")
                .evaluate(model.transform(data.as("seen")));
        System.out.println("accuracy " + accuracy);

        LogisticRegression regression = new LogisticRegression().setMaxIter(3);
        ParamMap[] grid = new ParamGridBuilder()
                .addGrid(regression.regParam(), new double[] {0.01, 5.0})
                .build();
        // The JVM's verifier loads the evaluator before main begins, since it is passed where an Evaluator is expected, and
        // with LogisticRegression, passed as a Classifier below, its superclass Predictor: neither can be woven here.
        new CrossValidator()
                .setEstimator(new Pipeline().setStages(new PipelineStage[] {regression}))
                .setEstimatorParamMaps(grid)
                .setEvaluator(new BinaryClassificationEvaluator())
                .setNumFolds(2)
                .setParallelism(4)
                .fit(data);
        new OneVsRest().setClassifier(new LogisticRegression().setMaxIter(2)).fit(data);
        try {
            // Fails while it trains: three thresholds for two classes.
            new LogisticRegression()
                    .setMaxIter(77)
                    .setThresholds(new double[] {0.3, 0.3, 0.4})
                    .fit(data);
        } catch (RuntimeException e) {
            System.out.println("failed");
        }
        spark.stop();

        SparkSession second = SparkSession.builder().appName("second").getOrCreate();
        new LogisticRegression().setMaxIter(9).fit(data(second, args[0]));
        second.stop();
    }

    private static Dataset<Row> data(SparkSession spark, String table) {
        Dataset<Row> rows = spark.read()
                .option("header", "true")
                .option("inferSchema", "true")
                .csv(table)
                .selectExpr("*", "double(diagnosis = 'M') AS label");
        return new VectorAssembler()
                .setInputCols(new String[] {"mean_radius", "mean_texture"})
                .setOutputCol("features")
                .transform(rows);
    }
}
