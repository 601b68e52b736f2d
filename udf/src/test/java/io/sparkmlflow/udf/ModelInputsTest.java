package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ColumnType.TensorType;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ScalarType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which columns a model gets, and as what. */
class ModelInputsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TINYINT | INTEGER | true",
                "SMALLINT | INTEGER | true",
                "BIGINT | INTEGER | false",
                "INT | LONG | true",
                "INT | DOUBLE | true",
                "BIGINT | DOUBLE | true",
                "BIGINT | FLOAT | true",
                "FLOAT | DOUBLE | true",
                "DOUBLE | FLOAT | false",
                "DECIMAL(4,2) | DOUBLE | true",
                "DECIMAL(4,2) | LONG | false",
                "DOUBLE | LONG | false",
                "BOOLEAN | INTEGER | false",
                "BOOLEAN | DOUBLE | false",
                "BIGINT | STRING | false",
                "STRING | DOUBLE | false",
                "STRING | DATETIME | false",
                "DATE | DATETIME | true",
                "TIMESTAMP_NTZ | DATETIME | true",
                "TIMESTAMP | DATETIME | true",
                "VOID | STRING | true",
                "BINARY | BINARY | true"
            })
    void columnsAreCastAsMlflowsSchemaEnforcementDoesIt(String given, ScalarType wanted, boolean taken) {
        ModelSignature signature = columns(new ColumnSpec("c", wanted, true));
        StructType columns = StructType.fromDDL("c " + given);

        if (taken) {
            assertThat(ModelInputs.choose("m", signature, columns, false))
                    .containsExactly(new ModelInputs.Input(0, "c", SignatureTypes.type(wanted), null));
        } else {
            assertThatThrownBy(() -> ModelInputs.choose("m", signature, columns, false))
                    .isInstanceOf(ModelExpressionException.class)
                    .hasMessageStartingWith("The model m takes the column c as ");
        }
    }

    @Test
    void nestedTypesAreCastInside() {
        ModelSignature signature = columns(
                new ColumnSpec("a", new ColumnType.ArrayType(ScalarType.DOUBLE), true),
                new ColumnSpec(
                        "o",
                        new ColumnType.ObjectType(Map.of("x", new ColumnType.Property(ScalarType.LONG, true))),
                        true),
                new ColumnSpec("m", new ColumnType.MapType(ScalarType.FLOAT), true));

        assertThat(types(ModelInputs.choose(
                        "m",
                        signature,
                        StructType.fromDDL("m MAP<STRING, INT>, o STRUCT<x: INT>, a ARRAY<INT>"),
                        false)))
                .containsExactly("2 array<double>", "1 struct<x:bigint>", "0 map<string,float>");
        assertThatThrownBy(() -> ModelInputs.choose(
                        "m",
                        signature,
                        StructType.fromDDL("m MAP<STRING, INT>, o STRUCT<y: INT>, a ARRAY<INT>"),
                        false))
                .hasMessageContaining("takes the column o as struct<x:bigint>, but was given struct<y:int>");
    }

    @Test
    void optionalColumnsMayBeMissingAndCaseCountsOnlyIfItDoesInSql() {
        ModelSignature signature =
                columns(new ColumnSpec("Age", ScalarType.LONG, true), new ColumnSpec("note", ScalarType.STRING, false));

        assertThat(types(ModelInputs.choose("m", signature, StructType.fromDDL("id INT, age INT"), false)))
                .containsExactly("1 bigint");
        assertThatThrownBy(() -> ModelInputs.choose("m", signature, StructType.fromDDL("id INT, age INT"), true))
                .hasMessageStartingWith("The model m needs the column Age, which the call doesn't give");
    }

    @Test
    void aTensorIsMadeOfColumnsOrArrays() {
        ModelSignature tensor = columns(new ColumnSpec(null, new TensorType("float32", List.of(-1, 2)), true));

        assertThat(types(ModelInputs.choose("m", tensor, StructType.fromDDL("a DOUBLE, b INT"), false)))
                .containsExactly("0 float", "1 float");
        assertThat(types(ModelInputs.choose("m", tensor, StructType.fromDDL("a ARRAY<DOUBLE>"), false)))
                .containsExactly("0 array<float>");
        assertThatThrownBy(() -> ModelInputs.choose("m", tensor, StructType.fromDDL("a INT, b INT, c INT"), false))
                .hasMessageStartingWith("The model m takes 2 columns, whose names its signature doesn't say, but was"
                        + " given 3: struct<a:int,b:int,c:int>");
        assertThatThrownBy(() -> ModelInputs.choose("m", tensor, StructType.fromDDL("a STRING, b INT"), false))
                .hasMessageStartingWith("The model m takes the column a as float, but was given string");
    }

    @Test
    void withoutASignatureAllColumnsGo() {
        assertThat(types(ModelInputs.choose("m", null, StructType.fromDDL("a DECIMAL(3,1), b DATE, c STRING"), false)))
                .containsExactly("0 double", "1 date", "2 string");
        assertThatThrownBy(() -> ModelInputs.choose("m", null, StructType.fromDDL("a INTERVAL DAY"), false))
                .hasMessageStartingWith("The model m can't be given the column a of the type interval day");
    }

    @Test
    void outputsAreTheSignaturesOrADouble() {
        assertThat(ModelOutputs.of("m", null)).isEqualTo(new StructType().add("prediction", DataTypes.DoubleType));
        assertThat(outputs(new ColumnSpec(null, new TensorType("int64", List.of(-1)), true)))
                .isEqualTo("struct<prediction:bigint>");
        assertThat(outputs(
                        new ColumnSpec("label", ScalarType.STRING, true),
                        new ColumnSpec("p", new ColumnType.ArrayType(ScalarType.DOUBLE), true)))
                .isEqualTo("struct<label:string,p:array<double>>");
        assertThat(outputs(new ColumnSpec("t", new TensorType("float32", List.of(-1, 3, 2)), true)))
                .isEqualTo("struct<t:array<array<float>>>");
        assertThatThrownBy(() -> outputs(new ColumnSpec("x", new ColumnType.AnyType(), true)))
                .hasMessageStartingWith("The model m has the output x, whose type");
        assertThat(ModelOutputs.answer(StructType.fromDDL("a INT, prediction INT")))
                .isEqualTo("prediction");
        assertThat(ModelOutputs.answer(StructType.fromDDL("a INT, b INT"))).isNull();
    }

    private static String outputs(ColumnSpec... outputs) {
        return ModelOutputs.of("m", new ModelSignature(List.of(), List.of(outputs), List.of()))
                .simpleString();
    }

    private static List<String> types(List<ModelInputs.Input> inputs) {
        return inputs.stream()
                .map(input -> input.argument() + " " + input.type().simpleString())
                .toList();
    }

    private static ModelSignature columns(ColumnSpec... inputs) {
        return new ModelSignature(Arrays.asList(inputs), List.of(), List.of());
    }
}
