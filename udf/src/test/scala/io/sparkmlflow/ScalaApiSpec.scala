package io.sparkmlflow

import io.sparkmlflow.entities.RunStatus
import io.sparkmlflow.mllib.ModelOptions
import java.nio.file.Files
import org.apache.spark.ml.{Pipeline, PipelineModel}
import org.apache.spark.ml.classification.LogisticRegression
import org.apache.spark.ml.feature.VectorAssembler
import org.apache.spark.sql.{DataFrame, SparkSession}
import org.apache.spark.sql.functions.{col, struct}
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite

/** What a user writes in Scala: no Java collection, builder or cast where Scala has a way of its own. */
class ScalaApiSpec extends AnyFunSuite with BeforeAndAfterAll {
  private val store = s"sqlite:///${Files.createTempDirectory("scala-api")}/mlflow.db"

  private lazy val spark: SparkSession = SparkSession.builder
    .master("local[1]")
    .appName("Scala API")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.extensions", classOf[MlflowSparkExtensions].getName)
    .config("spark.mlflow.trackingUri", store)
    .getOrCreate()

  private lazy val customers: DataFrame = spark.createDataFrame(Seq((30, 1.5, 0.0), (60, 0.5, 1.0), (25, 2.5, 0.0), (70, 0.1, 1.0)))
    .toDF("age", "income", "churned")

  private lazy val model: PipelineModel = new Pipeline()
    .setStages(Array(
      new VectorAssembler().setInputCols(Array("age", "income")).setOutputCol("features"),
      new LogisticRegression().setLabelCol("churned").setMaxIter(5)))
    .fit(customers)

  private lazy val uri: String = MlflowSpark
    .logModel(model, "model", Map(
      "training_data" -> customers,
      "registered_model_name" -> "churn",
      "alias" -> "champion",
      "pip_requirements" -> Seq("pyspark"),
      "metadata" -> Map("team" -> "red", "ids" -> List(1, 2))))
    .modelUri

  override def afterAll(): Unit = spark.stop()

  private def predictions(frame: DataFrame): Seq[Double] = frame.collect().map(_.getAs[Double]("prediction")).toSeq

  test("a model is logged with a Map, and loaded by its alias") {
    assert(uri.startsWith("runs:/"))
    val loaded: PipelineModel = MlflowSpark.loadModel("models:/churn@champion")
    assert(predictions(loaded.transform(customers)) == predictions(model.transform(customers)))
  }

  test("an option that is not there is named") {
    val refused = intercept[MlflowException](MlflowSpark.logModel(model, "model", Map("registered_name" -> "x")))
    assert(refused.getMessage.contains("'registered_name'"))
  }

  test("a model is saved with a builder, and with None for what is not wanted") {
    val folder = Files.createTempDirectory("scala-api")
    MlflowSpark.saveModel(model, s"$folder/built", ModelOptions.builder().trainingData(customers).build())
    MlflowSpark.saveModel(model, s"$folder/mapped", Map("training_data" -> customers, "metadata" -> None))
    for (name <- Seq("built", "mapped")) {
      assert(MlflowSpark.loadModel(s"$folder/$name").stages.length == 2)
    }
  }

  test("a model is a function of columns, a transformation and a name in SQL") {
    val expected = predictions(model.transform(customers))
    val churn = MlflowSpark.predictFunction(spark, uri)
    assert(predictions(customers.select(churn(col("age"), col("income")).as("prediction"))) == expected)
    assert(predictions(customers.select(churn(struct(col("*"))).as("prediction"))) == expected)
    assert(predictions(MlflowSpark.transform(customers, uri)) == expected)

    MlflowSpark.registerFunction(spark, "churn", uri)
    customers.createOrReplaceTempView("customers")
    assert(predictions(spark.sql("SELECT churn(age, income) AS prediction FROM customers")) == expected)
  }

  test("a row scorer takes rows one by one") {
    val scorer = RowScorer.load(uri)
    assert(customers.collect().map(row => scorer.predict(row)).toSeq == predictions(model.transform(customers)))
  }

  test("runs are closed by what Scala closes with, and logged to by names") {
    val client = new MlflowClient(store)
    try {
      val run = client.createRun("0").info.runId
      client.logMetric(run, "rmse", 0.5)
      client.logParam(run, "depth", "3")
      client.setTerminated(run, RunStatus.FINISHED)
      val stored = client.getRun(run)
      assert(stored.info.status == RunStatus.FINISHED)
      assert(stored.data.params.get("depth") == "3")
    } finally client.close()
  }
}
