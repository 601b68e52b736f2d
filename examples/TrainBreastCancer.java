import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * An ordinary MLlib training program: it knows nothing of MLflow.
 *
 * <p>Arguments: the training table and the held-out table, both CSV files with a header.
 */
public final class TrainBreastCancer {
    private TrainBreastCancer() {}

    public static void main(String[] args) {
        SparkSession spark =
                SparkSession.builder().appName("train-breast-cancer").getOrCreate();
        Dataset<Row> train = readCsv(spark, args[0]);
        Dataset<Row> holdout = readCsv(spark, args[1]);

        String[] measurements = Arrays.stream(train.columns())
                .filter(column -> !column.equals("diagnosis"))
                .toArray(String[]::new);
        StringIndexer indexer = new StringIndexer()
                .setInputCol("diagnosis")
                .setOutputCol("label")
                .setStringOrderType("alphabetAsc"); // B = 0, M = 1
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(measurements).setOutputCol("measurements");
        StandardScaler scaler = new StandardScaler()
                .setInputCol("measurements")
                .setOutputCol("features")
                .setWithMean(true);
        LogisticRegression regression = new LogisticRegression().setMaxIter(50).setRegParam(0.01);
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {indexer, assembler, scaler, regression});

        PipelineModel model = pipeline.fit(train);

        Dataset<Row> scored = model.transform(holdout);
        double accuracy =
                new MulticlassClassificationEvaluator().setMetricName("accuracy").evaluate(scored);
        double areaUnderRoc =
                new BinaryClassificationEvaluator().setMetricName("areaUnderROC").evaluate(scored);
        System.out.printf(Locale.ROOT, "rows: %d to train, %d held out%n", train.count(), holdout.count());
        System.out.printf(Locale.ROOT, "held-out accuracy: %.4f%n", accuracy);
        System.out.printf(Locale.ROOT, "held-out area under ROC: %.4f%n", areaUnderRoc);
        spark.stop();
    }

    private static Dataset<Row> readCsv(SparkSession spark, String path) {
        return spark.read().option("header", "true").option("inferSchema", "true").csv(path);
    }
}
