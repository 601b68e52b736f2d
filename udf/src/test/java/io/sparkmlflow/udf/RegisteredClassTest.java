package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowPredictUdf;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The class that is registered by its name. */
class RegisteredClassTest {
    private static final SparkSession SPARK = SharedSpark.SPARK;

    private static String uri;

    @BeforeAll
    static void register() {
        uri = Pipelines.KMEANS.uri();
        register("registered", DataTypes.DoubleType);
        Churn.surprising().createOrReplaceTempView("registered_rows");
    }

    @SuppressWarnings("deprecation")
    private static void register(String name, DataType type) {
        SPARK.udf().registerJava(name, MlflowPredictUdf.class.getName(), type);
    }

    @Test
    void itGivesWhatTheFunctionGivesAndIsTheSameExpression() {
        List<Row> expected = SPARK.sql(
                        "SELECT id, cast(mlflow_predict('" + uri + "', struct(*)) AS DOUBLE) FROM registered_rows")
                .collectAsList();
        org.apache.spark.sql.Dataset<Row> scored =
                SPARK.sql("SELECT id, registered('" + uri + "', struct(*)) AS p FROM registered_rows");

        assertThat(scored.collectAsList()).isEqualTo(expected).isNotEmpty();
        assertThat(scored.queryExecution().executedPlan().toString())
                .contains("registered(" + uri + ")")
                .startsWith("*(1) Project");
        assertThat(scored.schema().apply("p").dataType()).isEqualTo(DataTypes.DoubleType);
    }

    @Test
    void theDeclaredTypeIsTheTypeOfTheColumn() {
        register("as_text", DataTypes.StringType);
        assertThat(SPARK.sql("SELECT as_text('" + uri + "', struct(*)) FROM registered_rows WHERE id = 1")
                        .first()
                        .getString(0))
                .matches("[012]");

        register("as_array", DataTypes.createArrayType(DataTypes.DoubleType));
        assertThatThrownBy(() -> SPARK.sql("SELECT as_array('" + uri + "', struct(*)) FROM registered_rows")
                        .collectAsList())
                .hasMessageContaining("can't be the array<double> that the function was registered with");
    }

    @Test
    void constantsArePredictedWhileTheQueryIsPlanned() {
        assertThat(SPARK.sql("SELECT registered('" + uri + "', named_struct('age', 30, 'income', 1.0D, 'debt', 1.0F))")
                        .first()
                        .getDouble(0))
                .isBetween(0.0, 2.0);
    }

    @Test
    void aUriThatIsNoLiteralIsRefused() {
        assertThatThrownBy(() -> SPARK.sql("SELECT registered(concat('" + uri + "', substring(cast(id AS STRING), 9)),"
                                + " struct(*)) FROM registered_rows")
                        .collectAsList())
                .hasStackTraceContaining("The model's URI must be a string literal");
    }

    @Test
    void aModelThatIsNotThereFailsTheQueryWithItsName() {
        assertThatThrownBy(() -> SPARK.sql("SELECT registered('memory:nowhere', struct(*)) FROM registered_rows")
                        .collectAsList())
                .hasMessageContaining("The model memory:nowhere can't be loaded: no model of this name is registered");
    }

    /** The optimizer is asked for each micro-batch; in between the alias moves. */
    @Test
    void aStreamKeepsTheModelThatItBeganWith(@TempDir Path folder) throws Exception {
        SharedSpark.alias("memory:moving", constant("constant-1", 1));
        String other = constant("constant-2", 2);
        String in = folder.resolve("in").toString();
        SPARK.range(0, 6, 1, 3).write().parquet(in);
        List<Double> scored = new ArrayList<>();
        VoidFunction2<Dataset<Row>, Long> sink = (batch, id) -> {
            batch.collectAsList().forEach(row -> scored.add(row.getDouble(0)));
            SharedSpark.alias("memory:moving", other);
        };
        for (int run = 1; run <= 2; run++) {
            SPARK.readStream()
                    .schema("id LONG")
                    .option("maxFilesPerTrigger", 1)
                    .parquet(in)
                    .selectExpr("registered('memory:moving', struct(id))")
                    .writeStream()
                    .option(
                            "checkpointLocation",
                            folder.resolve("checkpoint" + run).toString())
                    .trigger(Trigger.AvailableNow())
                    .foreachBatch(sink)
                    .start()
                    .awaitTermination();
        }

        assertThat(scored).containsExactly(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0);
    }

    private static String constant(String name, int value) {
        PipelineStage stage = new SQLTransformer().setStatement("SELECT *, " + value + "D AS prediction FROM __THIS__");
        return SharedSpark.register(
                name, new Pipeline().setStages(new PipelineStage[] {stage}).fit(SPARK.range(1)));
    }

    @Test
    void otherFunctionsOfTwoArgumentsAreLeftAlone() {
        SPARK.udf().register("other_two", (UDF2<String, Row, Double>) (text, row) -> 42.0, DataTypes.DoubleType);

        assertThat(SharedSpark.frame(StructType.fromDDL("a INT"), List.of(RowFactory.create(1)))
                        .selectExpr("other_two('x', struct(*))")
                        .first()
                        .getDouble(0))
                .isEqualTo(42.0);
    }
}
