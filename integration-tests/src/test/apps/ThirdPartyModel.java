import io.sparkmlflow.MlflowException;
import io.sparkmlflow.MlflowSpark;
import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import java.util.List;
import ml.dmlc.xgboost4j.scala.spark.XGBoostClassifier;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * With {@code log}: fits a pipeline that ends in XGBoost, logs and registers it, loads it back and compares. With {@code load}:
 * only loads it, on a class path that may lack XGBoost.
 */
public final class ThirdPartyModel {
    private static final String REGISTERED = "models:/third-party/1";

    private ThirdPartyModel() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        if (args[0].equals("log")) {
            Log.run(spark);
        } else {
            try {
                MlflowSpark.loadModel(REGISTERED);
                say("loaded", "yes");
            } catch (MlflowException e) {
                say("refused", e.getMessage());
            }
        }
        spark.stop();
    }

    /** In a class of its own: without XGBoost it cannot be loaded. */
    private static final class Log {
        static void run(SparkSession spark) {
            // Without zeros: XGBoost wants to be told what a sparse vector's mean.
            Dataset<Row> data = spark.range(60).selectExpr(
                    "CAST(id AS INT) AS id", "id % 7 * 0.5D + 1 AS x", "id % 3 * 1.5D + 1 AS y", "id % 2 * 1.0D AS label");
            XGBoostClassifier xgboost = new XGBoostClassifier();
            xgboost.setNumRound(5);
            xgboost.setNumWorkers(1);
            xgboost.setRabitTrackerHostIp("127.0.0.1");
            PipelineModel model = new Pipeline()
                    .setStages(new PipelineStage[] {
                        new VectorAssembler().setInputCols(new String[] {"x", "y", "id"}).setOutputCol("features"),
                        xgboost
                    })
                    .fit(data);
            ModelInfo info = MlflowSpark.logModel(
                    model,
                    "model",
                    ModelOptions.builder()
                            .trainingData(data)
                            .registeredModelName("third-party")
                            .build());
            List<Row> expected = predictions(model, data);
            say("distinct", model.transform(data).select("prediction").distinct().count());
            for (String uri : List.of(info.modelUri(), "models:/" + info.modelId(), REGISTERED)) {
                PipelineModel loaded = MlflowSpark.loadModel(uri);
                say("same " + uri.substring(0, uri.startsWith("runs:") ? 4 : 9), predictions(loaded, data).equals(expected));
            }
            say("inputs", info.signature().inputNames());
        }
    }

    private static List<Row> predictions(PipelineModel model, Dataset<Row> data) {
        return model.transform(data)
                .select("id", "rawPrediction", "probability", "prediction")
                .orderBy("id")
                .collectAsList();
    }

    private static void say(String what, Object value) {
        System.out.println("RESULT " + what + " = " + value);
    }
}
