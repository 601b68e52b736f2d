package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.ml.regression.DecisionTreeRegressor;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One application that fits in every way without a pipeline's events, and what the store holds of it. */
@Tag("thorough")
class InstrumentedFitsTest {
    @TempDir
    static Path directory;

    private static StoredRuns stored;
    private static String targetRun;
    private static double evaluated;

    private final Run application = stored.application("every-fit");

    @BeforeAll
    static void runTheApplication() throws Exception {
        String store = "sqlite:///" + directory.resolve("mlflow.db");
        try (MlflowClient client = new MlflowClient(store)) {
            targetRun = client.tracking()
                    .createRun(new CreateRun("0", "the user's own", "me", System.currentTimeMillis(), Map.of()))
                    .info()
                    .runId();
        }
        SparkSession spark = SparkSession.builder()
                .appName("every-fit")
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.extraListeners", MlflowSparkListener.class.getName())
                .config("spark.mlflow.trackingUri", store)
                .config("spark.mlflow.flushTimeoutSeconds", "180")
                .getOrCreate();
        try {
            Dataset<Row> data = data(spark);
            bareFits(data);
            searches(data);
            searchAsPySparkDoes(data);
            nested(data);
            concurrently(data);
            sentElsewhere(spark, data);
            assertThatThrownBy(() -> new LogisticRegression()
                            .setLabelCol("no_such_column")
                            .setMaxIter(77)
                            .fit(data))
                    .hasMessageContaining("no_such_column");
        } finally {
            spark.stop();
        }
        stored = StoredRuns.read(store);
    }

    private static void bareFits(Dataset<Row> data) {
        LogisticRegressionModel model = new LogisticRegression().setMaxIter(5).fit(data);
        Dataset<Row> predictions = model.transform(data.filter("id % 2 = 0").as("held_out"));
        MulticlassClassificationEvaluator evaluator = new MulticlassClassificationEvaluator().setMetricName("accuracy");
        evaluated = evaluator.evaluate(predictions);
        evaluator.evaluate(predictions);
        new BinaryClassificationEvaluator().evaluate(predictions);
        new KMeans().setK(3).setSeed(7).fit(data);
        new ALS()
                .setRank(3)
                .setMaxIter(2)
                .fit(data.selectExpr("cast(id % 9 as int) user", "cast(id % 5 as int) item", "x rating"));
        new StandardScaler().setInputCol("features").setOutputCol("scaled").fit(data);
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"x", "y"}).setOutputCol("assembled");
        DecisionTreeRegressor tree =
                new DecisionTreeRegressor().setFeaturesCol("assembled").setLabelCol("y");
        new Pipeline().setStages(new PipelineStage[] {assembler, tree}).fit(data);
    }

    private static void searches(Dataset<Row> data) {
        LogisticRegression regression = new LogisticRegression().setMaxIter(3).setFeaturesCol("assembled");
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"x", "y"}).setOutputCol("assembled");
        ParamMap[] grid = new ParamGridBuilder()
                .addGrid(regression.regParam(), new double[] {0.01, 10.0})
                .addGrid(regression.elasticNetParam(), new double[] {0.0, 0.5})
                .build();
        new CrossValidator()
                .setEstimator(new Pipeline().setStages(new PipelineStage[] {assembler, regression}))
                .setEstimatorParamMaps(grid)
                .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("accuracy"))
                .setNumFolds(2)
                .setParallelism(3)
                .setSeed(1)
                .fit(data);
        LinearRegression linear = new LinearRegression().setMaxIter(3).setLabelCol("y");
        new TrainValidationSplit()
                .setEstimator(linear)
                .setEstimatorParamMaps(new ParamGridBuilder()
                        .addGrid(linear.regParam(), new double[] {0.0, 100.0})
                        .build())
                .setEvaluator(new RegressionEvaluator().setLabelCol("y"))
                .setSeed(1)
                .fit(data);
    }

    /** A search in Python comes to the JVM as these calls. */
    private static void searchAsPySparkDoes(Dataset<Row> data) {
        Column fold = functions.col("CrossValidator_0123456789ab_rand");
        Dataset<Row> split = data.withColumn("CrossValidator_0123456789ab_rand", functions.rand(1));
        LinearRegression linear = new LinearRegression().setLabelCol("y").setMaxIter(8);
        RegressionEvaluator evaluator = new RegressionEvaluator().setLabelCol("y");
        for (Column training : List.of(fold.geq(0.5), fold.lt(0.5))) {
            for (double regParam : new double[] {100, 0}) {
                LinearRegression candidate =
                        linear.copy(new ParamMap().put(linear.regParam().w(regParam)));
                LinearRegressionModel model = candidate.fit(split.filter(training));
                // PySpark transforms with a copy of the model.
                evaluator.evaluate(model.transform(split.filter(functions.not(training)), new ParamMap()));
            }
        }
        linear.copy(new ParamMap().put(linear.regParam().w(0))).fit(data);
    }

    private static void nested(Dataset<Row> data) {
        LogisticRegression regression = new LogisticRegression().setMaxIter(4);
        Pipeline inner = new Pipeline().setStages(new PipelineStage[] {regression});
        PipelineModel model =
                new Pipeline().setStages(new PipelineStage[] {inner}).fit(data);
        new BinaryClassificationEvaluator().evaluate(model.transform(data));
        new OneVsRest()
                .setClassifier(new LogisticRegression().setMaxIter(2))
                .setParallelism(2)
                .fit(data);
    }

    private static void concurrently(Dataset<Row> data) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> fits = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int iterations = 20 + i;
            fits.add(threads.submit(() -> new LinearRegression()
                    .setLabelCol("y")
                    .setMaxIter(iterations)
                    .setRegParam(iterations)
                    .setSolver("l-bfgs")
                    .fit(data.filter("id <= " + iterations))));
        }
        for (Future<?> fit : fits) {
            fit.get();
        }
        threads.shutdown();
    }

    private static void sentElsewhere(SparkSession spark, Dataset<Row> data) {
        spark.sparkContext().setLocalProperty("spark.mlflow.runId", targetRun);
        new LogisticRegression().setMaxIter(6).fit(data);
        new LogisticRegression().setMaxIter(7).fit(data);
        spark.sparkContext().setLocalProperty("spark.mlflow.runId", null);
    }

    private static Dataset<Row> data(SparkSession spark) {
        Dataset<Row> rows = spark.range(1, 91)
                .selectExpr(
                        "id",
                        "cast(id % 7 as double) x",
                        "cast(id % 11 + id % 7 as double) y",
                        "cast(case when id % 7 + id % 3 > 4 then 1 else 0 end as double) label");
        return new VectorAssembler()
                .setInputCols(new String[] {"x", "y"})
                .setOutputCol("features")
                .transform(rows);
    }

    @Test
    void aBareFitIsANestedRunWithWhatItReported() {
        Run fit = stored.fit("LogisticRegression", "maxIter", "5");
        assertThat(fit.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(fit.data().tags())
                .containsEntry("mlflow.parentRunId", application.info().runId())
                .containsEntry("estimator_class", "pyspark.ml.classification.LogisticRegression");
        assertThat(StoredRuns.metrics(fit))
                .containsEntry("numExamples", 90.0)
                .containsEntry("numFeatures", 2.0)
                .containsEntry("numClasses", 2.0);
        assertThat(fit.inputs()).extracting(DatasetInput::tags).contains(Map.of("mlflow.data.context", "train"));
        assertThat(Path.of(fit.info().artifactUri()).resolve("model/MLmodel")).exists();
    }

    @Test
    void theLossOfEachIterationIsAHistory() {
        Run fit = stored.fit("KMeans", "k", "3");
        List<Metric> history = stored.history(fit, "Cost");
        assertThat(history).isNotEmpty();
        assertThat(history).extracting(Metric::step).startsWith(0L).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aFeatureEstimatorByItselfIsNoRunAsInPython() {
        assertThat(stored.where(run -> "StandardScaler".equals(run.data().tags().get("estimator_name"))))
                .isEmpty();
        assertThat(stored.fit("ALS", "rank", "3").info().status()).isEqualTo(RunStatus.FINISHED);
    }

    @Test
    void aFitThatFailsIsAFailedRun() {
        assertThat(stored.fit("LogisticRegression", "maxIter", "77").info().status())
                .isEqualTo(RunStatus.FAILED);
    }

    @Test
    void evaluatorsLogToTheRunOfTheFitThatMadeTheModel() throws JsonProcessingException {
        Run fit = stored.fit("LogisticRegression", "maxIter", "5");
        assertThat(StoredRuns.metrics(fit))
                .containsEntry("accuracy_held_out", evaluated)
                .containsEntry("accuracy-2_held_out", evaluated)
                .containsKey("areaUnderROC_held_out");
        assertThat(fit.inputs()).extracting(DatasetInput::tags).contains(Map.of("mlflow.data.context", "eval"));
        JsonNode info = new ObjectMapper().readTree(StoredRuns.artifact(fit, "metric_info.json"));
        assertThat(info.at("/accuracy_held_out/evaluator_class").asText())
                .isEqualTo("pyspark.ml.evaluation.MulticlassClassificationEvaluator");
        assertThat(info.at("/accuracy_held_out/params/metricName").asText()).isEqualTo("accuracy");
        Run nested = stored.fit("Pipeline", "LogisticRegression.maxIter", "4");
        assertThat(StoredRuns.metrics(nested)).containsKey("areaUnderROC_unknown_dataset");
    }

    @Test
    void aCrossValidationHasARunForEachParamMap() {
        Run search = stored.fit("CrossValidator", "parallelism", "3");
        assertThat(search.data().tags())
                .containsEntry("mlflow.parentRunId", application.info().runId());
        List<Run> candidates = stored.childrenOf(search);
        assertThat(candidates).hasSize(4).allSatisfy(candidate -> {
            assertThat(candidate.info().status()).isEqualTo(RunStatus.FINISHED);
            assertThat(candidate.data().tags()).containsEntry("estimator_class", "pyspark.ml.pipeline.Pipeline");
            assertThat(StoredRuns.metrics(candidate)).containsOnlyKeys("avg_accuracy", "std_accuracy");
        });
        assertThat(candidates)
                .extracting(run -> run.data().params().get("LogisticRegression.regParam") + "/"
                        + run.data().params().get("LogisticRegression.elasticNetParam"))
                .containsExactlyInAnyOrder("0.01/0.0", "0.01/0.5", "10.0/0.0", "10.0/0.5");

        String best = search.data().params().get("best_LogisticRegression.regParam");
        double bestAccuracy = candidates.stream()
                .mapToDouble(run -> StoredRuns.metrics(run).get("avg_accuracy"))
                .max()
                .orElseThrow();
        assertThat(candidates)
                .filteredOn(run -> best.equals(run.data().params().get("LogisticRegression.regParam")))
                .anySatisfy(run -> assertThat(StoredRuns.metrics(run)).containsEntry("avg_accuracy", bestAccuracy));
        assertThat(StoredRuns.artifact(search, "best_parameters.json")).contains("\"LogisticRegression.regParam\"");
        assertThat(StoredRuns.artifact(search, "search_results.csv").lines())
                .hasSize(5)
                .first()
                .isEqualTo("params,avg_accuracy,std_accuracy,param.LogisticRegression.elasticNetParam,"
                        + "param.LogisticRegression.regParam");
        assertThat(StoredRuns.metrics(search)).containsEntry("LogisticRegression.numExamples", 90.0);
        Path artifacts = Path.of(search.info().artifactUri());
        assertThat(artifacts.resolve("model/MLmodel")).exists();
        assertThat(artifacts.resolve("best_model/MLmodel")).exists();
    }

    @Test
    void aSearchInPythonIsPutTogetherFromItsFits() {
        Run search = stored.fit("CrossValidator", "best_LinearRegression.regParam", "0.0");
        assertThat(search.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(search.data().params())
                .containsEntry("numFolds", "2")
                .containsEntry("estimator", "LinearRegression")
                .containsEntry("RegressionEvaluator.metricName", "rmse");
        assertThat(stored.childrenOf(search))
                .hasSize(2)
                .allSatisfy(
                        candidate -> assertThat(StoredRuns.metrics(candidate)).containsOnlyKeys("avg_rmse", "std_rmse"))
                .extracting(run -> run.data().params().get("regParam"))
                .containsExactlyInAnyOrder("100.0", "0.0");
        assertThat(StoredRuns.artifact(search, "best_parameters.json")).contains("\"LinearRegression.regParam\": 0.0");
        Path artifacts = Path.of(search.info().artifactUri());
        assertThat(artifacts.resolve("model/MLmodel")).exists();
        assertThat(artifacts.resolve("best_model/MLmodel")).exists();
        assertThat(artifacts.resolve("search_results.csv")).exists();
    }

    @Test
    void aTrainValidationSplitHasTheMetricItself() {
        Run search = stored.only(
                run -> "TrainValidationSplit".equals(run.data().tags().get("estimator_name")));
        assertThat(search.data().params()).containsEntry("best_LinearRegression.regParam", "0.0");
        assertThat(stored.childrenOf(search)).hasSize(2).allSatisfy(candidate -> assertThat(
                        StoredRuns.metrics(candidate))
                .containsOnlyKeys("rmse"));
    }

    @Test
    void whatAFitDoesInsideIsNoRunOfItsOwn() {
        assertThat(stored.childrenOf(application))
                .extracting(run -> run.data().tags().get("estimator_name"))
                .containsExactlyInAnyOrder(
                        "LogisticRegression",
                        "LogisticRegression",
                        "KMeans",
                        "ALS",
                        "CrossValidator",
                        "CrossValidator",
                        "TrainValidationSplit",
                        "Pipeline",
                        "Pipeline",
                        "OneVsRest",
                        "LinearRegression",
                        "LinearRegression",
                        "LinearRegression",
                        "LinearRegression");
        assertThat(stored.fit("OneVsRest", "LogisticRegression.maxIter", "2")
                        .data()
                        .params())
                .containsEntry("classifier", "LogisticRegression");
    }

    @Test
    void featureImportancesAreAFileAndAPlot() throws JsonProcessingException {
        Run fit = stored.fit("Pipeline", "DecisionTreeRegressor.labelCol", "y");
        JsonNode importances = new ObjectMapper().readTree(StoredRuns.artifact(fit, "feature_importance.json"));
        assertThat(importances.properties()).extracting(Map.Entry::getKey).containsExactly("y", "x");
        assertThat(importances.get("y").asDouble() + importances.get("x").asDouble())
                .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-9));
        assertThat(StoredRuns.artifact(fit, "feature_importance.svg"))
                .startsWith("<svg ")
                .contains(">y</text>");
        assertThat(StoredRuns.metrics(fit)).containsEntry("DecisionTreeRegressor.numFeatures", 2.0);
    }

    @Test
    void fitsOnSeveralThreadsDoNotMix() {
        for (int iterations = 20; iterations < 24; iterations++) {
            Run fit = stored.fit("LinearRegression", "maxIter", String.valueOf(iterations));
            assertThat(fit.data().params()).containsEntry("regParam", iterations + ".0");
            assertThat(StoredRuns.metrics(fit)).containsEntry("numExamples", (double) iterations);
        }
    }

    @Test
    void aLocalPropertySendsFitsToAnotherRun() {
        Run target = stored.only(run -> run.info().runId().equals(targetRun));
        assertThat(target.info().status()).isEqualTo(RunStatus.RUNNING);
        assertThat(target.data().params()).containsEntry("maxIter", "6");
        assertThat(target.data().tags()).containsEntry("estimator_name", "LogisticRegression");
        assertThat(Path.of(target.info().artifactUri()).resolve("model/MLmodel"))
                .exists();
        assertThat(stored.childrenOf(target))
                .extracting(run -> run.data().params().get("maxIter"))
                .containsExactly("7");
    }
}
