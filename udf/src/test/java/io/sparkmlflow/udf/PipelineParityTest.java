package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The function gives what {@code transform} gives, bit for bit, however Spark evaluates it. */
@Tag("thorough")
class PipelineParityTest {
    private static final String WHOLE_STAGE = "spark.sql.codegen.wholeStage";
    private static final String FACTORY_MODE = "spark.sql.codegen.factoryMode";

    private final SparkSession spark = SharedSpark.SPARK;

    @AfterEach
    void resetCodegen() {
        spark.conf().unset(WHOLE_STAGE);
        spark.conf().unset(FACTORY_MODE);
    }

    @ParameterizedTest
    @EnumSource(Pipelines.class)
    void eachOutputIsWhatTransformGives(Pipelines pipeline) {
        String uri = pipeline.uri();
        Dataset<Row> data = Churn.surprising();
        List<String> outputs = added(pipeline.model().transform(data), data);
        Map<Integer, String> expected = byId(pipeline.model().transform(data), outputs.toArray(String[]::new));
        Dataset<Row> scored = data.selectExpr("id", "mlflow_predict_struct('" + uri + "', struct(*)) AS out");

        assertThat(List.of(((org.apache.spark.sql.types.StructType)
                                scored.schema().apply("out").dataType())
                        .fieldNames()))
                .isEqualTo(outputs);
        evaluate(true, "FALLBACK");
        assertThat(structs(scored)).containsExactlyInAnyOrderEntriesOf(withDropped(expected, data));
        evaluate(false, "CODEGEN_ONLY");
        assertThat(structs(scored)).containsExactlyInAnyOrderEntriesOf(withDropped(expected, data));
        evaluate(false, "NO_CODEGEN");
        assertThat(structs(scored)).containsExactlyInAnyOrderEntriesOf(withDropped(expected, data));
    }

    @ParameterizedTest
    @EnumSource(value = Pipelines.class, mode = EnumSource.Mode.EXCLUDE, names = "FEATURES_ONLY")
    void thePredictionIsWhatTransformGivesWithoutTheLabel(Pipelines pipeline) {
        String column = pipeline == Pipelines.SUPPORT_VECTORS_UNDER_ANOTHER_NAME ? "churns" : "prediction";
        Dataset<Row> data = Churn.clean();
        Map<Integer, String> expected = byId(pipeline.model().transform(data), column);
        Dataset<Row> scored =
                data.drop("churned").selectExpr("id", "mlflow_predict('" + pipeline.uri() + "', struct(*)) AS p");

        String plan = scored.queryExecution().executedPlan().toString();
        assertThat(plan).contains("mlflow_predict(" + pipeline.uri() + ") AS p");
        assertThat(plan).startsWith("*(1) Project");
        assertThat(byId(scored, "p")).isEqualTo(expected);
    }

    @Test
    void anInvalidRowFailsTheQueryWhereTransformFails() {
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(
                        Pipelines.index("error", "plan"), Pipelines.assemble("error", "features", "planIndex", "age")))
                .fit(Churn.training());
        String uri = SharedSpark.register("strict", model);

        Dataset<Row> unseen = Churn.surprising().where("id = 101");
        assertThatThrownBy(() -> model.transform(unseen).collectAsList()).hasStackTraceContaining("Unseen label: gold");
        assertThatThrownBy(() -> unseen.selectExpr("mlflow_predict_struct('" + uri + "', struct(*))")
                        .collectAsList())
                .hasStackTraceContaining("Unseen label: gold");
        assertThat(byId(
                        Churn.clean().selectExpr("id", "mlflow_predict_struct('" + uri + "', struct(*)).features f"),
                        "f"))
                .isEqualTo(byId(model.transform(Churn.clean()), "features"));
    }

    private void evaluate(boolean wholeStage, String factoryMode) {
        spark.conf().set(WHOLE_STAGE, wholeStage);
        spark.conf().set(FACTORY_MODE, factoryMode);
    }

    private static List<String> added(Dataset<Row> transformed, Dataset<Row> data) {
        List<String> names = new ArrayList<>(List.of(transformed.columns()));
        names.removeAll(List.of(data.columns()));
        return names;
    }

    private static Map<Integer, String> byId(Dataset<Row> data, String... columns) {
        Map<Integer, String> rows = new TreeMap<>();
        for (Row row : data.select("id", columns).collectAsList()) {
            List<String> fields = new ArrayList<>();
            for (int i = 1; i < row.size(); i++) {
                fields.add(Bits.of(row.get(i)));
            }
            rows.put(row.getInt(0), fields.toString());
        }
        return rows;
    }

    /** Collects anew: a frame keeps the plan of its first use. */
    private static Map<Integer, String> structs(Dataset<Row> scored) {
        Map<Integer, String> rows = new TreeMap<>();
        for (Row row : scored.select("*").collectAsList()) {
            rows.put(row.getInt(0), Bits.of(row.get(1)));
        }
        return rows;
    }

    /** A row that transform drops has a null for its outputs. */
    private static Map<Integer, String> withDropped(Map<Integer, String> expected, Dataset<Row> data) {
        Map<Integer, String> all = new TreeMap<>(expected);
        data.select("id").collectAsList().forEach(row -> all.putIfAbsent(row.getInt(0), "null"));
        return all;
    }
}
