package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ScalarType;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class SparkColumnsTest {
    @Test
    void namesTheColumnWhoseTypeMlflowDoesNotHave() {
        expect(DataTypes.createDecimalType(10, 2), ScalarType.DOUBLE, "decimal(10,2)", "double");
        expect(DataTypes.TimestampNTZType, ScalarType.DATETIME, "timestamp_ntz", "datetime, which has a time zone");
        expect(DataType.fromDDL("CHAR(3)"), ScalarType.STRING, "char(3)", "string of any length");
        expect(DataType.fromDDL("VARCHAR(10)"), ScalarType.STRING, "varchar(10)", "string of any length");
        expect(DataTypes.createDayTimeIntervalType(), new ColumnType.AnyType(), "interval day to second", "any");
        expect(DataTypes.createYearMonthIntervalType(), new ColumnType.AnyType(), "interval year to month", "any");
        expect(
                DataTypes.createMapType(DataTypes.IntegerType, DataTypes.LongType),
                new ColumnType.MapType(ScalarType.LONG),
                "map<int,bigint>",
                "a map with strings as keys");
        expect(
                DataType.fromDDL("ARRAY<VARCHAR(10)>"),
                new ColumnType.ArrayType(ScalarType.STRING),
                "varchar(10)",
                "string of any length");
    }

    @Test
    void saysNothingOfATypeThatMlflowHas() {
        try (CapturedWarnings warnings = CapturedWarnings.open()) {
            SparkColumns.of(
                    StructType.fromDDL("a INT, b STRING, c MAP<STRING, INT>, d ARRAY<DATE>, e STRUCT<f: BINARY>"));

            assertThat(warnings.messages()).isEmpty();
        }
    }

    @Test
    void knowsTheLengthThatATableLimitsItsStringsTo() {
        SparkSession spark = TestSpark.session();
        spark.sql("DROP TABLE IF EXISTS limited_codes");
        spark.sql("CREATE TABLE limited_codes (code VARCHAR(10)) USING parquet");
        try (CapturedWarnings warnings = CapturedWarnings.open()) {
            assertThat(SparkColumns.of(spark.table("limited_codes").schema()))
                    .containsExactly(new ColumnSpec("code", ScalarType.STRING, true));

            assertThat(warnings.messages()).containsExactly(warning("code", "varchar(10)", "string of any length"));
        } finally {
            spark.sql("DROP TABLE limited_codes");
        }
    }

    @Test
    void infersASignatureFromASchemaWithStringsOfLimitedLength() {
        StructType schema = StructType.fromDDL("id BIGINT, age INT, income DOUBLE, city VARCHAR(10), churned CHAR(3)");
        try (CapturedWarnings warnings = CapturedWarnings.open()) {
            ModelSignature signature = SparkSignatures.infer(TestSpark.session(), TestSpark.churnModel(), schema)
                    .orElseThrow();

            assertThat(signature.inputs())
                    .contains(new ColumnSpec("city", ScalarType.STRING, true))
                    .hasSize(3);
            assertThat(warnings.messages()).containsExactly(warning("city", "varchar(10)", "string of any length"));
        }
    }

    private static void expect(DataType type, ColumnType closest, String name, String described) {
        try (CapturedWarnings warnings = CapturedWarnings.open()) {
            assertThat(SparkColumns.of(new StructType().add("odd", type)))
                    .containsExactly(new ColumnSpec("odd", closest, true));

            assertThat(warnings.messages()).isEqualTo(List.of(warning("odd", name, described)));
        }
    }

    private static String warning(String column, String type, String described) {
        return "MLflow's signatures have no type for column '" + column + "' of type " + type + ": it is described as "
                + described;
    }
}
