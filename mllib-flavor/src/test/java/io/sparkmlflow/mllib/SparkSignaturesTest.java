package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ScalarType;
import java.util.List;
import org.apache.spark.ml.feature.MinMaxScaler;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class SparkSignaturesTest {
    @Test
    void namesOnlyTheColumnsThatThePredictionIsComputedFrom() {
        ModelSignature signature = SparkSignatures.infer(TestSpark.session(), TestSpark.churnModel(), TestSpark.SCHEMA)
                .orElseThrow();

        assertThat(signature.inputs())
                .containsExactly(
                        new ColumnSpec("age", ScalarType.INTEGER, true),
                        new ColumnSpec("income", ScalarType.DOUBLE, true),
                        new ColumnSpec("city", ScalarType.STRING, true));
        assertThat(signature.outputs()).containsExactly(new ColumnSpec("prediction", ScalarType.DOUBLE, true));
    }

    @Test
    void givesAllAddedColumnsWhereThereIsNoPrediction() {
        Dataset<Row> vectors = new VectorAssembler()
                .setInputCols(new String[] {"age", "income"})
                .setOutputCol("raw")
                .transform(TestSpark.people());
        var scaler =
                new MinMaxScaler().setInputCol("raw").setOutputCol("scaled").fit(vectors);

        ModelSignature signature = SparkSignatures.infer(TestSpark.session(), scaler, vectors.schema())
                .orElseThrow();

        assertThat(signature.inputs()).containsExactly(new ColumnSpec("raw", new ColumnType.VectorType(), true));
        assertThat(signature.outputs()).containsExactly(new ColumnSpec("scaled", new ColumnType.VectorType(), true));
    }

    @Test
    void hasNoSignatureWhereDataWouldBeNeeded() {
        VectorAssembler ofVectors =
                new VectorAssembler().setInputCols(new String[] {"v"}).setOutputCol("features");
        StructType schema = new StructType().add("v", org.apache.spark.ml.linalg.SQLDataTypes.VectorType());

        assertThat(SparkSignatures.infer(TestSpark.session(), ofVectors, schema))
                .isEmpty();
    }

    @Test
    void takesTheClosestTypeWhereMlflowHasNone() {
        StructType schema = new StructType()
                .add("price", DataTypes.createDecimalType(10, 2))
                .add("at", DataTypes.TimestampNTZType)
                .add("tags", DataTypes.createArrayType(DataTypes.StringType))
                .add("counts", DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType))
                .add("day", DataTypes.DateType);

        assertThat(SparkColumns.of(schema))
                .extracting(ColumnSpec::type)
                .isEqualTo(List.of(
                        ScalarType.DOUBLE,
                        ScalarType.DATETIME,
                        new ColumnType.ArrayType(ScalarType.STRING),
                        new ColumnType.MapType(ScalarType.LONG),
                        ScalarType.DATETIME));
    }
}
