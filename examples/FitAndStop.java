import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The shortest training program: it fits and stops at once, so that whatever looks on has no time after the fit.
 *
 * <p>Argument: the training table, a CSV file with a header.
 */
public final class FitAndStop {
    private FitAndStop() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().appName("fit-and-stop").getOrCreate();
        Dataset<Row> train =
                spark.read().option("header", "true").option("inferSchema", "true").csv(args[0]);
        StringIndexer indexer = new StringIndexer().setInputCol("diagnosis").setOutputCol("label");
        VectorAssembler assembler = new VectorAssembler()
                .setInputCols(new String[] {"mean_radius", "mean_texture"})
                .setOutputCol("features");
        LogisticRegression regression = new LogisticRegression().setMaxIter(10);
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {indexer, assembler, regression});
        pipeline.fit(train);
        spark.stop();
    }
}
