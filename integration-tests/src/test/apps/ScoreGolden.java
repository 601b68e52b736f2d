import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowSpark;
import java.io.File;
import java.io.IOException;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Loads models that the real MLflow saved, scores the input beside each, and writes what comes out as JSON.
 *
 * <p>Arguments: the file to write, then folders with a {@code model} and an {@code input.parquet}.
 */
public final class ScoreGolden {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ScoreGolden() {}

    public static void main(String[] args) throws IOException {
        SparkSession spark = SparkSession.builder().getOrCreate();
        ObjectNode answer = JSON.createObjectNode();
        for (int i = 1; i < args.length; i++) {
            Dataset<Row> input = spark.read().parquet(args[i] + "/input.parquet");
            Dataset<Row> scored =
                    MlflowSpark.loadModel(args[i] + "/model").transform(input);
            ArrayNode rows = answer.putArray(new File(args[i]).getName());
            for (Row row : scored.collectAsList()) {
                ObjectNode cells = rows.addObject();
                for (String column : scored.columns()) {
                    cells.set(column, JSON.valueToTree(plain(row.get(row.fieldIndex(column)))));
                }
            }
        }
        JSON.writeValue(new File(args[0]), answer);
        spark.stop();
    }

    private static Object plain(Object value) {
        if (value instanceof Vector vector) {
            return vector.toArray();
        } else if (value instanceof scala.collection.Seq<?> seq) {
            Object[] items = new Object[seq.size()];
            for (int i = 0; i < items.length; i++) {
                items[i] = plain(seq.apply(i));
            }
            return items;
        } else if (value instanceof java.sql.Date || value instanceof java.sql.Timestamp) {
            return value.toString();
        }
        return value;
    }
}
