import io.sparkmlflow.MlflowSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Logs and registers a model again and again until somebody ends the process; nearly all of the time goes into its stages. */
public final class LogForever {
    private static final int STAGES = 12;

    private LogForever() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        Dataset<Row> data = spark.range(20).selectExpr("id * 0.3 AS x", "id * 0.7 + 1 AS label");
        List<PipelineStage> stages = new ArrayList<>();
        for (int i = 0; i < STAGES; i++) {
            stages.add(new VectorAssembler().setInputCols(new String[] {"x"}).setOutputCol(i == 0 ? "features" : "v" + i));
        }
        stages.add(new LinearRegression().setMaxIter(1));
        PipelineModel model = new Pipeline().setStages(stages.toArray(new PipelineStage[0])).fit(data);
        while (true) {
            MlflowSpark.logModel(model, "model", Map.of("registered_model_name", "churn", "alias", "champion"));
        }
    }
}
