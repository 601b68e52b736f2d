import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;

/**
 * A client of Spark Connect that has nothing but SQL and the name of a class. What is as it should be is a line {@code RESULT
 * name}.
 *
 * <p>Arguments: the server's port, and the folder that {@code ScoreEverywhere} wrote to.
 */
public final class ScoreRemotely {
    private ScoreRemotely() {}

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder()
                .config("spark.api.mode", "connect")
                .remote("sc://127.0.0.1:" + args[0])
                .getOrCreate();
        Path folder = Path.of(args[1]);
        spark.udf().registerJava("by_name", "io.sparkmlflow.MlflowPredictUdf", DataTypes.DoubleType);
        for (String function : new String[] {"mlflow_predict", "by_name"}) {
            long same = spark.sql("SELECT count(*) FROM (SELECT id, " + function + "('" + folder.resolve("model")
                            + "', struct(*)) AS p FROM parquet.`" + folder.resolve("rows")
                            + "`) JOIN parquet.`" + folder.resolve("expected") + "` USING (id) WHERE p = prediction")
                    .head()
                    .getLong(0);
            System.out.println((same == 3000 ? "RESULT remote " : "WRONG remote ") + function);
        }
        spark.close();
    }
}
