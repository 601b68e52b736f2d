package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ScalarType;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.feature.Binarizer;
import org.apache.spark.ml.feature.MinMaxScaler;
import org.apache.spark.ml.feature.RFormula;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class SparkSignaturesTest {
    private static final ColumnType DOUBLES = new ColumnType.ArrayType(ScalarType.DOUBLE);

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
        assertThat(signature.outputs()).containsExactly(new ColumnSpec("scaled", DOUBLES, true));
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

    @Test
    void givesEveryOutputThatTheInputsSufficeFor() {
        ModelSignature signature = SparkSignatures.infer(
                        TestSpark.session(), TestSpark.churnModel(), TestSpark.SCHEMA, SignatureOutputs.ALL)
                .orElseThrow();

        assertThat(signature.inputNames()).containsExactly("age", "income", "city");
        assertThat(signature.outputs())
                .containsExactly(
                        new ColumnSpec("cityIndex", ScalarType.DOUBLE, true),
                        new ColumnSpec("features", DOUBLES, true),
                        new ColumnSpec("rawPrediction", DOUBLES, true),
                        new ColumnSpec("probability", DOUBLES, true),
                        new ColumnSpec("prediction", ScalarType.DOUBLE, true));
    }

    @Test
    void looksAtOneRowWhereAStageNeedsIt() {
        Dataset<Row> vectors = new VectorAssembler()
                .setInputCols(new String[] {"age", "income"})
                .setOutputCol("raw")
                .transform(TestSpark.people());
        StructType bare = new StructType().add("raw", org.apache.spark.ml.linalg.SQLDataTypes.VectorType());
        Dataset<Row> withoutSizes =
                TestSpark.session().createDataFrame(vectors.select("raw").takeAsList(3), bare);
        VectorAssembler ofVectors =
                new VectorAssembler().setInputCols(new String[] {"raw"}).setOutputCol("features");

        ModelSignature signature = SparkSignatures.infer(
                        TestSpark.session(), ofVectors, withoutSizes, SignatureOutputs.ALL)
                .orElseThrow();

        assertThat(signature.inputs()).containsExactly(new ColumnSpec("raw", new ColumnType.VectorType(), true));
        assertThat(signature.outputs()).containsExactly(new ColumnSpec("features", DOUBLES, true));
    }

    @Test
    void namesALabelThatTransformFailsWithout() {
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new Binarizer().setInputCol("income").setOutputCol("label").setThreshold(2500),
                    new VectorAssembler().setInputCols(new String[] {"age"}).setOutputCol("features"),
                    new LogisticRegression().setMaxIter(1)
                })
                .fit(TestSpark.people());

        ModelSignature signature;
        try (ErrorLog errors = ErrorLog.capture()) {
            signature = SparkSignatures.infer(TestSpark.session(), model, TestSpark.SCHEMA)
                    .orElseThrow();
            assertThat(errors.messages()).isEmpty();
        }

        assertThat(signature.inputNames()).containsExactly("age", "income");
        Dataset<Row> people = TestSpark.people();
        assertThat(model.transform(people.select("age", "income")).columns()).contains("prediction");
        try (ErrorLog errors = ErrorLog.capture()) {
            assertThatThrownBy(() -> model.transform(people.select("age"))).hasMessageContaining("income");
            assertThat(errors.messages()).isNotEmpty();
        }
    }

    @Test
    void leavesNoStackTraceInTheLogWhereDataWouldBeNeeded() {
        Dataset<Row> vectors = new VectorAssembler()
                .setInputCols(new String[] {"age", "income"})
                .setOutputCol("raw")
                .transform(TestSpark.people())
                .select("raw");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new VectorAssembler().setInputCols(new String[] {"raw"}).setOutputCol("features")
                })
                .fit(vectors);
        StructType bare = new StructType().add("raw", org.apache.spark.ml.linalg.SQLDataTypes.VectorType());

        try (ErrorLog errors = ErrorLog.capture()) {
            assertThat(SparkSignatures.infer(TestSpark.session(), model, bare)).isEmpty();
            assertThat(errors.messages()).isEmpty();
        }
    }

    @Test
    void doesNotAskForALabelThatOnlyAnIndexerReads() {
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new RFormula().setFormula("churned ~ age + city"), new LogisticRegression().setMaxIter(1)
                })
                .fit(TestSpark.people());

        ModelSignature signature = SparkSignatures.infer(
                        TestSpark.session(), model, TestSpark.SCHEMA, SignatureOutputs.ALL)
                .orElseThrow();

        assertThat(signature.inputNames()).containsExactly("age", "city");
        assertThat(signature.outputs())
                .extracting(ColumnSpec::name)
                .contains("prediction")
                .doesNotContain("label");
        assertThat(model.transform(TestSpark.people().select("age", "city")).columns())
                .contains("prediction");
    }

    @Test
    void findsAPredictionOfAnotherName() {
        Dataset<Row> vectors = new VectorAssembler()
                .setInputCols(new String[] {"age", "income"})
                .setOutputCol("features")
                .transform(TestSpark.people());
        var clusters =
                new KMeans().setK(2).setSeed(1).setPredictionCol("cluster").fit(vectors);

        ModelSignature signature = SparkSignatures.infer(TestSpark.session(), clusters, vectors.schema())
                .orElseThrow();

        assertThat(signature.inputNames()).containsExactly("features");
        assertThat(signature.outputs()).containsExactly(new ColumnSpec("cluster", ScalarType.INTEGER, true));
    }

    @Test
    void keepsTheNullabilityOfNestedFields() {
        StructType schema = new StructType()
                .add(
                        "address",
                        new StructType()
                                .add("street", DataTypes.StringType, true)
                                .add("number", DataTypes.IntegerType, false));

        assertThat(SparkColumns.of(schema))
                .containsExactly(new ColumnSpec(
                        "address",
                        new ColumnType.ObjectType(Map.of(
                                "street", new ColumnType.Property(ScalarType.STRING, false),
                                "number", new ColumnType.Property(ScalarType.INTEGER, true))),
                        true));
    }
}
