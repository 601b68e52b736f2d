package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkEnv;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.classification.MultilayerPerceptronClassifier;
import org.apache.spark.ml.feature.Bucketizer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.BroadcastBlockId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a fused model costs: only what is asked for, once, and from one broadcast. */
class FusedModelTest {
    private static final SparkSession SPARK = SharedSpark.SPARK;
    private static final String CACHE_BYTES = "spark.mlflow.functions.cacheBytes";

    @AfterEach
    void resetConf() {
        SPARK.conf().unset(CACHE_BYTES);
    }

    @Test
    void anOutputThatNobodyReadsIsNotComputed() {
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(
                        Pipelines.index("error", "plan"),
                        new Bucketizer()
                                .setInputCol("age")
                                .setOutputCol("bucket")
                                .setSplits(new double[] {0, 30, 200})))
                .fit(Churn.training());
        String call = "mlflow_predict_struct('" + SharedSpark.register("lazy", model) + "', struct(*))";
        Dataset<Row> unseenPlan = Churn.surprising().where("id = 101");

        assertThatThrownBy(() -> unseenPlan.selectExpr(call).collectAsList())
                .hasStackTraceContaining("Unseen label: gold");
        assertThat(unseenPlan.selectExpr(call + ".bucket").first().getDouble(0)).isEqualTo(1.0);
    }

    @Test
    void thePredictionBesideTheStructIsNoSecondEvaluation() {
        String uri = Pipelines.KMEANS.uri();
        Dataset<Row> scored = Churn.clean()
                .selectExpr(
                        "mlflow_predict('" + uri + "', struct(*)) AS p",
                        "mlflow_predict_struct('" + uri + "', struct(*)) AS row");

        assertThat(scored.queryExecution().executedPlan().toString()).startsWith("*(1) Project");
        assertThat(code(scored).split("\\.row\\(", -1)).hasSize(2);
        for (Row row : scored.selectExpr("p", "row.prediction").collectAsList()) {
            assertThat(row.get(0)).isEqualTo(row.get(1));
        }
    }

    @Test
    void severalOutputsOfACallAreOneEvaluation() {
        String call = "mlflow_predict_struct('" + Pipelines.CROSS_VALIDATED.uri() + "', struct(*))";
        Dataset<Row> scored =
                Churn.clean().selectExpr(call + ".prediction", call + ".probability", call + ".rawPrediction");

        assertThat(code(scored).split("\\.row\\(", -1)).hasSize(2);
        assertThat(scored.count()).isEqualTo(30);
    }

    private static String code(Dataset<Row> scored) {
        return org.apache.spark.sql.execution.debug.package$.MODULE$.codegenString(
                scored.queryExecution().executedPlan());
    }

    @Test
    void aTaskIsShippedTheBroadcastsNameAndNotTheModel() throws IOException {
        FusedModel model = (FusedModel) new ModelExpressions(new SharedSpark.Models())
                .functionOfRows(SPARK, Pipelines.FOREST_WITH_LABELS_PUT_BACK.uri(), Churn.SCHEMA);
        List<Expression> arguments = new ArrayList<>();
        for (var field : Churn.SCHEMA.fields()) {
            arguments.add(Literal.create(null, field.dataType()));
        }
        ByteArrayOutputStream shipped = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(shipped)) {
            out.writeObject(model.struct(arguments));
        }

        assertThat(model.bytes()).isGreaterThan(15_000);
        assertThat(shipped.size()).isLessThan(10_000);
    }

    @Test
    void modelsLeaveTheCacheWhenItIsFull() throws Exception {
        AtomicInteger loads = new AtomicInteger();
        ModelExpressions models = new ModelExpressions((spark, uri) -> {
            loads.incrementAndGet();
            return new LoadedModel(Pipelines.FEATURES_ONLY.model(), uri, List.of("plan", "age"));
        });
        SPARK.conf().set(CACHE_BYTES, 1);
        Expression first = call(models, "one");
        call(models, "one");
        assertThat(loads).hasValue(1);
        call(models, "two");
        call(models, "one");
        assertThat(loads).hasValue(3);
        assertThat(Bits.of(SPARK.range(1).select(SparkCompat.column(first)).head()))
                .contains("dense");

        SPARK.conf().unset(CACHE_BYTES);
        call(models, "two");
        call(models, "one");
        assertThat(loads).hasValue(4);
    }

    @Test
    void theBroadcastGoesWithTheLastThatRefersToIt() throws Exception {
        ModelExpressions models = new ModelExpressions(
                (spark, uri) -> new LoadedModel(Pipelines.FEATURES_ONLY.model(), uri, List.of("plan", "age")));
        SPARK.conf().set(CACHE_BYTES, 1);
        long broadcast = calledInAQuery(models, "one");
        assertThat(isKept(broadcast)).isTrue();
        call(models, "two");

        for (int i = 0; i < 300 && isKept(broadcast); i++) {
            System.gc();
            Thread.sleep(100);
        }
        assertThat(isKept(broadcast)).isFalse();
    }

    private static long calledInAQuery(ModelExpressions models, String uri) {
        ModelOutput call = (ModelOutput) call(models, uri);
        assertThat(SPARK.range(10).select(SparkCompat.column(call)).collectAsList())
                .hasSize(10);
        return ((ModelRow) call.child()).program().broadcastId();
    }

    private static boolean isKept(long broadcast) {
        return !SparkEnv.get()
                .blockManager()
                .master()
                .getLocations(new BroadcastBlockId(broadcast, "piece0"))
                .isEmpty();
    }

    @Test
    void theSameUriOnAnotherServerIsAnotherModel() {
        AtomicReference<String> server = new AtomicReference<>("https://a.example");
        AtomicInteger loads = new AtomicInteger();
        ModelExpressions models = new ModelExpressions(new ModelSource() {
            @Override
            public String store(SparkSession spark) {
                return server.get();
            }

            @Override
            public LoadedModel load(SparkSession spark, String uri) {
                loads.incrementAndGet();
                return new LoadedModel(Pipelines.FEATURES_ONLY.model(), uri, List.of("plan", "age"));
            }
        });
        call(models, "mlflow-artifacts:/1/m");
        server.set("https://b.example");
        call(models, "mlflow-artifacts:/1/m");
        call(models, "mlflow-artifacts:/1/m");

        assertThat(loads).hasValue(2);
    }

    @Test
    void threadsDoNotDisturbEachOther() throws Exception {
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(
                        Pipelines.labelIndex(),
                        Pipelines.assemble("keep", "features", "age", "income"),
                        new MultilayerPerceptronClassifier()
                                .setLabelCol("churnedIndex")
                                .setLayers(new int[] {2, 5, 2})
                                .setMaxIter(2)
                                .setSeed(1)))
                .fit(Churn.training());
        RowModel rows =
                RowModel.load(new SharedSpark.Models(), SharedSpark.register("perceptron", model), Churn.SCHEMA);
        List<Row> data = model.transform(Churn.clean()).collectAsList();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> done = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                done.add(threads.submit(() -> {
                    for (int n = 0; n < 2000; n++) {
                        Row row = data.get(n % data.size());
                        Object scored =
                                rows.score((column, name) -> row.get(column)).get("probability");
                        assertThat(scored).isEqualTo(row.getAs("probability"));
                    }
                    return true;
                }));
            }
            for (Future<Boolean> thread : done) {
                assertThat(thread.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Expression call(ModelExpressions models, String uri) {
        return models.struct(
                SPARK,
                uri,
                List.of(Literal.create("pro", DataTypes.StringType), Literal.create(3, DataTypes.IntegerType)),
                "call()");
    }
}
