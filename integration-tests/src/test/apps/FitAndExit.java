import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Fits and leaves the JVM with a code of its own, without a {@code stop()}.
 *
 * <p>Argument: the training table, a CSV file with a header.
 */
public final class FitAndExit {
    private FitAndExit() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().appName("fit-and-exit").getOrCreate();
        Dataset<Row> train =
                spark.read().option("header", "true").option("inferSchema", "true").csv(args[0]);
        StringIndexer indexer = new StringIndexer().setInputCol("diagnosis").setOutputCol("label");
        new Pipeline().setStages(new PipelineStage[] {indexer}).fit(train);
        System.exit(3);
    }
}
