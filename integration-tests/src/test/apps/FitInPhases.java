import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Fits a pipeline whenever somebody makes the next file {@code go-<n>}, and answers with {@code done-<n>}; then stops.
 *
 * <p>Arguments: the training table, the folder of those files, and how many there will be.
 */
public final class FitInPhases {
    private FitInPhases() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        SparkSession spark = SparkSession.builder().appName("fit-in-phases").getOrCreate();
        Dataset<Row> train = spark.read().option("header", "true").csv(args[0]);
        Path folder = Path.of(args[1]);
        for (int phase = 1; phase <= Integer.parseInt(args[2]); phase++) {
            while (!Files.exists(folder.resolve("go-" + phase))) {
                Thread.sleep(50);
            }
            StringIndexer indexer = new StringIndexer()
                    .setInputCol("diagnosis")
                    .setOutputCol("phase_" + phase);
            new Pipeline().setStages(new PipelineStage[] {indexer}).fit(train);
            Files.createFile(folder.resolve("done-" + phase));
        }
        spark.stop();
        System.out.println("RESULT stopped");
    }
}
