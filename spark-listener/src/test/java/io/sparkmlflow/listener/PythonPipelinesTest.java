package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.mllib.LoadedModel;
import io.sparkmlflow.mllib.SparkFlavor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.Bucketizer;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.RFormula;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import py4j.PySparkCalls;

/** Pipelines of PySpark, which come to the JVM call by call, and what looks like them. */
@Tag("thorough")
class PythonPipelinesTest {
    @TempDir
    static Path directory;

    private static StoredRuns stored;
    private static SparkSession reader;

    private final Run application = stored.application("pipelines");

    @BeforeAll
    static void runTheApplication() throws IOException, InterruptedException {
        String store = "sqlite:///" + directory.resolve("mlflow.db");
        Path allowed = Files.writeString(
                directory.resolve("allowed"),
                "# not linear regression\npyspark.ml.pipeline.PipelineModel\npyspark.ml.feature.*\n"
                        + "pyspark.ml.classification.LogisticRegressionModel\npyspark.ml.classification.OneVsRestModel\npyspark.ml.clustering.KMeansModel\n");
        SparkSession spark = SparkSession.builder()
                .appName("pipelines")
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.extraListeners", MlflowSparkListener.class.getName())
                .config("spark.mlflow.trackingUri", store)
                .config("spark.mlflow.flushTimeoutSeconds", "180")
                .config("spark.mlflow.autolog.logInputExamples", "true")
                .config("spark.mlflow.autolog.extraTags", "{\"team\": \"churn\"}")
                .config("spark.mlflow.pysparkml.autolog.logModelAllowlistFile", allowed.toString())
                .getOrCreate();
        try {
            Dataset<Row> data = data(spark);
            pipelines(data);
            byHand(data);
            oneVsRest(data);
            searches(data);
        } finally {
            spark.stop();
        }
        stored = StoredRuns.read(store);
        reader = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
    }

    @AfterAll
    static void stopReader() {
        if (reader != null) {
            reader.stop();
        }
    }

    private static Dataset<Row> data(SparkSession spark) {
        return spark.range(1, 91)
                .selectExpr(
                        "id",
                        "cast(id % 7 as double) x",
                        "cast(id % 11 + id % 7 as double) y",
                        "concat('word', id % 5, ' other') text",
                        "if(id % 7 + id % 3 > 4, 'yes', 'no') answer",
                        "cast(if(id % 7 + id % 3 > 4, 1, 0) as double) label");
    }

    private static VectorAssembler assembler(String output, String... inputs) {
        return new VectorAssembler().setInputCols(inputs).setOutputCol(output);
    }

    private static void pipelines(Dataset<Row> data) {
        // A model of a feature estimator, a transformer, one more model.
        Transformer model = PySparkCalls.fitPipeline(
                data,
                new StringIndexer()
                        .setInputCol("answer")
                        .setOutputCol("indexed")
                        .setHandleInvalid("skip"),
                assembler("raw", "x", "y"),
                new StandardScaler().setInputCol("raw").setOutputCol("features"),
                new LogisticRegression().setLabelCol("indexed").setMaxIter(5));
        // The transformers in the middle do not tell that they transform.
        PySparkCalls.fitPipeline(
                data,
                new Tokenizer().setInputCol("text").setOutputCol("words"),
                new HashingTF().setInputCol("words").setOutputCol("hashed").setNumFeatures(16),
                new Bucketizer()
                        .setInputCol("x")
                        .setOutputCol("bucket")
                        .setSplits(new double[] {-1, 3, 10})
                        .setHandleInvalid("skip"),
                assembler("features", "hashed", "bucket"),
                new LogisticRegression().setMaxIter(6));
        PySparkCalls.fitPipeline(
                data,
                new SQLTransformer().setStatement("SELECT *, x + y AS z FROM __THIS__"),
                new RFormula().setFormula("label ~ x + z"),
                new LogisticRegression().setMaxIter(7));
        PySparkCalls.fitPipeline(
                data,
                assembler("features", "x", "y"),
                new KMeans().setK(3).setSeed(1).setPredictionCol("cluster"),
                assembler("more", "x", "cluster"),
                new LogisticRegression().setFeaturesCol("more").setMaxIter(8));
        assertThatThrownBy(() -> PySparkCalls.fitPipeline(
                        data,
                        assembler("features", "x", "y"),
                        new LogisticRegression().setLabelCol("nope").setMaxIter(9)))
                .hasMessageContaining("nope");
        new BinaryClassificationEvaluator()
                .setLabelCol("indexed")
                .evaluate(PySparkCalls.transform(
                        model,
                        assembler("features", "x", "y")
                                .transform(data.selectExpr("*", "label indexed"))
                                .as("seen")));
    }

    private static void byHand(Dataset<Row> data) {
        VectorAssembler assembler = assembler("features", "x", "y");
        LinearRegression early = new LinearRegression().setLabelCol("y").setMaxIter(11);
        LinearRegression second = new LinearRegression().setLabelCol("y").setMaxIter(12);
        LinearRegression sampled = new LinearRegression().setLabelCol("y").setMaxIter(13);
        Dataset<Row> assembled = PySparkCalls.transform(assembler, data);
        PySparkCalls.fit(new LinearRegression().setLabelCol("y").setMaxIter(14), assembled);
        PySparkCalls.fit(second, assembled);
        PySparkCalls.fit(sampled, PySparkCalls.transform(assembler, data).sample(0.9, 1));
        // Not to be told from a pipeline.
        PySparkCalls.fit(early, PySparkCalls.transform(assembler, data));
        // The same in a program of the JVM, whose pipelines are known.
        new LinearRegression().setLabelCol("y").setMaxIter(15).fit(assembler.transform(data));
    }

    private static void oneVsRest(Dataset<Row> data) throws InterruptedException {
        Dataset<Row> classes = data.selectExpr("*", "cast(id % 3 as double) kind");
        // In a pipeline, by itself, and with a class whose classifier fails.
        VectorAssembler kept = assembler("features", "x", "y");
        PySparkCalls.fitOneVsRest(
                PySparkCalls.transform(kept, classes), "kind", "features", 3, new LogisticRegression().setMaxIter(21));
        Dataset<Row> features = kept.transform(classes);
        OneVsRestModel model =
                PySparkCalls.fitOneVsRest(features, "kind", "features", 3, new LogisticRegression().setMaxIter(22));
        new BinaryClassificationEvaluator()
                .setLabelCol("label")
                .evaluate(PySparkCalls.transform(model.models()[1], features.as("seen")));
        assertThatThrownBy(() -> PySparkCalls.fitOneVsRest(
                        features,
                        "kind",
                        "features",
                        2,
                        new LogisticRegression().setMaxIter(23).setThresholds(new double[] {0.3, 0.3, 0.4})))
                .isInstanceOf(RuntimeException.class);
    }

    /** On a frame that a stage made, after the estimator was: by itself, the last fit would be taken for a pipeline's. */
    private static void searches(Dataset<Row> data) throws InterruptedException {
        VectorAssembler assembler = assembler("features", "x", "y");
        LinearRegression linear = new LinearRegression().setLabelCol("y").setMaxIter(31);
        LogisticRegression logistic = new LogisticRegression().setMaxIter(32);
        RegressionEvaluator evaluator = new RegressionEvaluator().setLabelCol("y");
        Dataset<Row> assembled = PySparkCalls.transform(assembler, data.selectExpr("*", "cast(id % 2 as double) kind"));

        Dataset<Row> split = assembled.withColumn("CrossValidator_0123456789ab_rand", functions.expr("id % 10 / 10.0"));
        for (String fold : List.of("id % 10 < 5", "id % 10 >= 5")) {
            for (double regParam : new double[] {100, 0}) {
                Transformer model = PySparkCalls.fit(with(linear, regParam), split.filter(fold));
                evaluator.evaluate(PySparkCalls.transform(model, split.filter("NOT (" + fold + ")")));
            }
        }
        PySparkCalls.fit(with(linear, 0), assembled);

        split = assembled.withColumn("CrossValidator_0123456789ac_rand", functions.expr("id % 10 / 10.0"));
        for (String fold : List.of("id % 10 < 5", "id % 10 >= 5")) {
            for (double regParam : new double[] {100, 0}) {
                OneVsRestModel model = PySparkCalls.fitOneVsRest(
                        split.filter(fold), "kind", "features", 2, (LogisticRegression) with(logistic, regParam));
                evaluator.evaluate(PySparkCalls.transform(model.models()[0], split.filter("NOT (" + fold + ")")));
            }
        }
        PySparkCalls.fitOneVsRest(assembled, "kind", "features", 2, (LogisticRegression) with(logistic, 0));
    }

    private static Estimator<?> with(Estimator<?> estimator, double regParam) {
        return estimator.copy(new ParamMap().put(((DoubleParam) estimator.getParam("regParam")).w(regParam)));
    }

    private static Run pipeline(int maxIter) {
        return stored.fit("Pipeline", "LogisticRegression.maxIter", String.valueOf(maxIter));
    }

    private static List<String> stages(Run run) {
        LoadedModel loaded = load(run);
        return Arrays.stream(loaded.model().stages())
                .map(stage -> stage.getClass().getSimpleName())
                .toList();
    }

    private static LoadedModel load(Run run) {
        try (MlflowClient client = new MlflowClient(stored.store())) {
            return SparkFlavor.load(reader, client, "runs:/" + run.info().runId() + "/model");
        }
    }

    @Test
    void isOneRunWithWhatPythonLogsOfIt() {
        Run run = pipeline(5);
        assertThat(run.data().tags())
                .containsEntry("estimator_class", "pyspark.ml.pipeline.Pipeline")
                .containsEntry("mlflow.parentRunId", application.info().runId())
                .containsEntry("team", "churn");
        assertThat(run.data().params())
                .containsEntry("stages", "['StringIndexer', 'VectorAssembler', 'StandardScaler', 'LogisticRegression']")
                .containsEntry("StringIndexer.inputCol", "answer")
                .containsEntry("StringIndexer.stringOrderType", "frequencyDesc")
                .containsEntry("VectorAssembler.inputCols", "['x', 'y']")
                .containsEntry("StandardScaler.withStd", "True")
                .containsEntry("LogisticRegression.labelCol", "indexed")
                .doesNotContainKey("maxIter");
        assertThat(StoredRuns.metrics(run)).containsEntry("LogisticRegression.numExamples", 90.0);
        assertThat(StoredRuns.artifact(run, "estimator_info.json")).contains("\"StandardScaler\"");
        assertThat(trainingSchema(run)).contains("answer").doesNotContain("indexed", "features");
    }

    private static String trainingSchema(Run run) {
        List<DatasetInput> training = run.inputs().stream()
                .filter(input -> "train".equals(input.tags().get("mlflow.data.context")))
                .toList();
        assertThat(training).hasSize(1);
        return training.get(0).dataset().schema();
    }

    @Test
    void itsModelIsTheWholePipelineOverTheRawColumns() throws IOException {
        Run run = pipeline(5);
        LoadedModel loaded = load(run);
        assertThat(stages(run))
                .containsExactly(
                        "StringIndexerModel", "VectorAssembler", "StandardScalerModel", "LogisticRegressionModel");
        assertThat(loaded.model().transform(data(reader)).columns()).contains("prediction", "indexed");
        Path model = Path.of(run.info().artifactUri()).resolve("model");
        assertThat(Files.readString(model.resolve("MLmodel")))
                .contains("\"x\"", "\"y\"")
                .doesNotContain("features");
        assertThat(Files.readString(model.resolve("input_example.json")))
                .startsWith("{\"columns\": [\"x\", \"y\", \"answer\"], \"data\": [[1.0, 2.0, \"no\"], ");
    }

    @Test
    void stagesThatDoNotTellWhatTheyMakeAreFoundByTheirColumns() {
        assertThat(pipeline(6).data().params())
                .containsEntry(
                        "stages", "['Tokenizer', 'HashingTF', 'Bucketizer', 'VectorAssembler', 'LogisticRegression']");
        assertThat(stages(pipeline(6)))
                .containsExactly("Tokenizer", "HashingTF", "Bucketizer", "VectorAssembler", "LogisticRegressionModel");
    }

    @Test
    void stagesThatHoldOthersAreWholeAndStatementsAreStages() {
        assertThat(pipeline(7).data().params())
                .containsEntry("stages", "['SQLTransformer', 'RFormula', 'LogisticRegression']");
        assertThat(stages(pipeline(7))).containsExactly("SQLTransformer", "RFormulaModel", "LogisticRegressionModel");
        assertThat(trainingSchema(pipeline(7))).doesNotContain("\"z\"");
    }

    @Test
    void anEarlierModelOfThePipelineIsARunBelowIt() {
        Run whole = pipeline(8);
        Run first = stored.only(run ->
                "['VectorAssembler', 'KMeans']".equals(run.data().params().get("stages")));
        assertThat(whole.data().params())
                .containsEntry("stages", "['VectorAssembler_1', 'KMeans', 'VectorAssembler_2', 'LogisticRegression']");
        assertThat(first.data().tags())
                .containsEntry("mlflow.parentRunId", whole.info().runId());
        assertThat(StoredRuns.metrics(first)).containsKey("KMeans.numExamples");
    }

    @Test
    void aPipelineThatFailsIsFailed() {
        assertThat(pipeline(9).info().status()).isEqualTo(RunStatus.FAILED);
    }

    @Test
    void anEvaluationFindsThePipelineOfItsModel() {
        assertThat(StoredRuns.metrics(pipeline(5))).containsKey("areaUnderROC_seen");
    }

    @Test
    void aModelThatIsNotAllowedIsNotLogged() {
        Run run = stored.fit("LinearRegression", "maxIter", "15");
        assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(Path.of(run.info().artifactUri()).resolve("model")).doesNotExist();
    }

    @Test
    void thereIsNothingElse() {
        assertThat(stored.childrenOf(application)).hasSize(4 + 1 + 5 + 3 + 2);
    }

    @Test
    void oneVsRestIsOneRunHoweverManyClassifiersPythonFits() {
        Run run = stored.fit("OneVsRest", "LogisticRegression.maxIter", "22");
        assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(run.data().tags()).containsEntry("estimator_class", "pyspark.ml.classification.OneVsRest");
        assertThat(run.data().params())
                .containsEntry("classifier", "LogisticRegression")
                .containsEntry("labelCol", "kind")
                .containsEntry("LogisticRegression.labelCol", "label");
        assertThat(trainingSchema(run)).contains("features", "kind", "text").doesNotContain("mc2b");
        assertThat(StoredRuns.artifact(run, "estimator_info.json")).contains("\"classifier\"");
        assertThat(StoredRuns.metrics(run)).containsKey("areaUnderROC_seen");
        Run failed = stored.fit("OneVsRest", "LogisticRegression.maxIter", "23");
        assertThat(failed.info().status()).isEqualTo(RunStatus.FAILED);
    }

    @Test
    void aPipelineMayEndWithOneVsRest() {
        Run run = stored.fit("Pipeline", "LogisticRegression.maxIter", "21");
        assertThat(run.data().params())
                .containsEntry("stages", "['VectorAssembler', 'OneVsRest']")
                .containsEntry("OneVsRest.labelCol", "kind");
        assertThat(stages(run)).containsExactly("VectorAssembler", "OneVsRestModel");
        assertThat(load(run)
                        .model()
                        .transform(data(reader))
                        .select("prediction")
                        .distinct()
                        .count())
                .isGreaterThan(1);
    }

    @Test
    void aSearchIsOneRunAlsoOnAFrameThatAStageMade() {
        for (String estimator : List.of("LinearRegression", "OneVsRest")) {
            Run search = stored.fit("CrossValidator", "estimator", estimator);
            assertThat(search.info().status()).isEqualTo(RunStatus.FINISHED);
            // Python names a param by the stage that owns it.
            String owner = estimator.replace("OneVsRest", "LogisticRegression");
            assertThat(search.data().params())
                    .containsEntry("numFolds", "2")
                    .containsEntry("best_" + owner + ".regParam", "0.0");
            assertThat(stored.childrenOf(search)).hasSize(2).allSatisfy(run -> assertThat(StoredRuns.metrics(run))
                    .containsOnlyKeys("avg_rmse", "std_rmse"));
        }
    }

    @Test
    void whatIsFittedByHandIsTheEstimatorByItself() {
        for (int maxIter : new int[] {12, 13, 14, 15}) {
            Run run = stored.fit("LinearRegression", "maxIter", String.valueOf(maxIter));
            assertThat(run.data().params()).doesNotContainKey("stages");
        }
        assertThat(stored.fit("Pipeline", "LinearRegression.maxIter", "11")
                        .data()
                        .params())
                .containsEntry("stages", "['VectorAssembler', 'LinearRegression']");
    }
}
