import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Fits a model whose predictions are not whole numbers, so that comparing them says something. */
public final class FitRegression {
    private FitRegression() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().appName("fit-regression").getOrCreate();
        Dataset<Row> train =
                spark.read().option("header", "true").option("inferSchema", "true").csv(args[0]);
        VectorAssembler assembler = new VectorAssembler()
                .setInputCols(new String[] {"mean_radius", "mean_texture", "mean_smoothness"})
                .setOutputCol("measurements");
        StandardScaler scaler = new StandardScaler()
                .setInputCol("measurements")
                .setOutputCol("features")
                .setWithMean(true);
        LinearRegression regression =
                new LinearRegression().setLabelCol("mean_area").setMaxIter(10).setRegParam(0.1);
        new Pipeline()
                .setStages(new PipelineStage[] {assembler, scaler, regression})
                .fit(train);
        spark.stop();
    }
}
