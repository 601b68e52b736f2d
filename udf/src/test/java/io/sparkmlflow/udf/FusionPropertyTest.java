package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkException;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pipelines by chance over rows by chance: what is fused, what is not, and a row alone give what {@code transform} gives, bit
 * for bit, and fail where it fails. Other seeds: {@code -Dfusion.seeds=5-11,100-200}.
 */
@Tag("thorough")
class FusionPropertyTest {
    private static final String FUSED = "spark.mlflow.functions.fused";
    private static final String FAST = "spark.mlflow.functions.fastForms";
    private static final String WHOLE_STAGE = "spark.sql.codegen.wholeStage";
    private static final String FACTORY_MODE = "spark.sql.codegen.factoryMode";

    private final SparkSession spark = SharedSpark.SPARK;

    static List<Integer> seeds() {
        List<Integer> seeds = new ArrayList<>();
        // Among them are pipelines with stages that write into the vector that they are given.
        for (String range : System.getProperty("fusion.seeds", "1-4,12,15").split(",")) {
            String[] ends = range.split("-");
            for (int seed = Integer.parseInt(ends[0]); seed <= Integer.parseInt(ends[ends.length - 1]); seed++) {
                seeds.add(seed);
            }
        }
        return seeds;
    }

    @AfterEach
    void resetConf() {
        List.of(FUSED, FAST, WHOLE_STAGE, FACTORY_MODE).forEach(spark.conf()::unset);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void allWaysGiveWhatTransformGives(int seed) {
        PipelineModel model = RandomPipelines.fit(seed);
        String stages = Arrays.toString(model.stages());
        String uri = SharedSpark.register("random" + seed, model);
        List<Row> rows = RandomPipelines.rows(seed, 40, seed % 4 != 0);
        Dataset<Row> data = SharedSpark.frame(RandomPipelines.SCHEMA, rows);
        Dataset<Row> transformed = model.transform(data);
        String[] outputs = Arrays.stream(transformed.columns())
                .filter(name -> !List.of(data.columns()).contains(name))
                .toArray(String[]::new);
        Map<Integer, String> expected = collected(transformed.select("id", outputs));

        assertThat(inSql(data, uri, outputs, "true", "FALLBACK")).as(stages).isEqualTo(expected);
        spark.conf().set(FAST, false);
        assertThat(inSql(data, uri, outputs, "true", "FALLBACK"))
                .as("with MLlib's own functions " + stages)
                .isEqualTo(expected);
        spark.conf().set(FAST, true);
        spark.conf().set(FUSED, false);
        assertThat(inSql(data, uri, outputs, "true", "FALLBACK"))
                .as("not fused " + stages)
                .isEqualTo(expected);
        spark.conf().set(FUSED, true);
        assertThat(inSql(data, uri, outputs, "false", "NO_CODEGEN")).as(stages).isEqualTo(expected);
        if (expected != null) {
            assertThat(alone(uri, rows, outputs)).as(stages).isEqualTo(expected);
        }
    }

    private Map<Integer, String> inSql(
            Dataset<Row> data, String uri, String[] outputs, String wholeStage, String factoryMode) {
        spark.conf().set(WHOLE_STAGE, wholeStage);
        spark.conf().set(FACTORY_MODE, factoryMode);
        return collected(data.selectExpr("id", "mlflow_predict_struct('" + uri + "', struct(*)) AS out")
                .where("out IS NOT NULL")
                .select("id", Arrays.stream(outputs).map(name -> "out." + name).toArray(String[]::new)));
    }

    private static Map<Integer, String> alone(String uri, List<Row> rows, String[] outputs) {
        RowModel model = RowModel.load(new SharedSpark.Models(), uri, RandomPipelines.SCHEMA);
        Map<Integer, String> scored = new TreeMap<>();
        for (Row row : rows) {
            Map<String, Object> values = model.score((column, name) -> row.get(column));
            if (values != null) {
                scored.put(
                        row.getInt(0),
                        Arrays.stream(outputs)
                                .map(name -> Bits.of(values.get(name)))
                                .toList()
                                .toString());
            }
        }
        return scored;
    }

    /** Returns null for a query that fails in a task. */
    private static Map<Integer, String> collected(Dataset<Row> data) {
        try {
            return rows(data);
        } catch (SparkException | RuntimeException e) {
            return null;
        }
    }

    @SuppressWarnings("RedundantThrows")
    private static Map<Integer, String> rows(Dataset<Row> data) throws SparkException {
        Map<Integer, String> rows = new TreeMap<>();
        for (Row row : data.collectAsList()) {
            List<String> fields = new ArrayList<>();
            for (int i = 1; i < row.size(); i++) {
                fields.add(Bits.of(row.get(i)));
            }
            rows.put(row.getInt(0), fields.toString());
        }
        return rows;
    }
}
