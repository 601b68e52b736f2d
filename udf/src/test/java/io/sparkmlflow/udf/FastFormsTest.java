package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.DecisionTreeClassifier;
import org.apache.spark.ml.classification.GBTClassifier;
import org.apache.spark.ml.classification.LinearSVC;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.VectorIndexer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.VectorUDT;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.regression.DecisionTreeRegressor;
import org.apache.spark.ml.regression.GBTRegressor;
import org.apache.spark.ml.regression.RandomForestRegressor;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The faster forms are used where they should be, and give what MLlib's functions give, bit for bit. */
class FastFormsTest {
    private static final SparkSession SPARK = SharedSpark.SPARK;
    private static final StructType POINTS =
            new StructType().add("raw", SQLDataTypes.VectorType()).add("label", "double");
    private static final StructType TEXTS = StructType.fromDDL("text STRING");

    /** Trees over two categories and three numbers, whose label depends on all of them. */
    enum Trees {
        DECISION_TREE_CLASSIFIER(
                new DecisionTreeClassifier().setMaxDepth(6).setThresholds(new double[] {0.3, 0.3, 0.4}), 3),
        RANDOM_FOREST_CLASSIFIER(
                new RandomForestClassifier().setNumTrees(7).setMaxDepth(6).setSeed(3), 3),
        RANDOM_FOREST_WITH_THRESHOLDS(
                new RandomForestClassifier()
                        .setNumTrees(4)
                        .setMaxDepth(3)
                        .setSeed(3)
                        .setThresholds(new double[] {0.9, 0.2, 0.5}),
                3),
        BOOSTED_CLASSIFIER(new GBTClassifier().setMaxIter(6).setSeed(3), 1),
        DECISION_TREE_REGRESSOR(new DecisionTreeRegressor().setMaxDepth(6), 1),
        RANDOM_FOREST_REGRESSOR(new RandomForestRegressor().setNumTrees(7).setSeed(3), 1),
        BOOSTED_REGRESSOR(new GBTRegressor().setMaxIter(6).setSeed(3), 1);

        private final Estimator<?> estimator;
        private final int fastFunctions;

        Trees(Estimator<?> estimator, int fastFunctions) {
            this.estimator = estimator;
            this.fastFunctions = fastFunctions;
        }

        PipelineModel fit() {
            estimator.set(estimator.getParam("featuresCol"), "features");
            boolean binary = this == BOOSTED_CLASSIFIER;
            Dataset<Row> training = points(200, false)
                    .withColumn(
                            "label",
                            binary
                                    ? org.apache.spark.sql.functions.expr("cast(label > 0 AS DOUBLE)")
                                    : org.apache.spark.sql.functions.col("label"));
            return new Pipeline()
                    .setStages(new PipelineStage[] {
                        new VectorIndexer()
                                .setInputCol("raw")
                                .setOutputCol("features")
                                .setMaxCategories(6)
                                .setHandleInvalid("keep"),
                        estimator
                    })
                    .fit(training);
        }
    }

    @ParameterizedTest
    @EnumSource(Trees.class)
    void treesGiveWhatMllibsGive(Trees trees) {
        PipelineModel model = trees.fit();
        // Also features that no split of training has seen, straight into the trees.
        PipelineModel alone = new PipelineModel("alone", Arrays.copyOfRange(model.stages(), 1, 2));

        assertSame(model, points(200, false), trees.fastFunctions);
        assertSame(alone, points(200, true).withColumnRenamed("raw", "features"), trees.fastFunctions);
    }

    @Test
    void aVectorThatIsTooShortFailsAsInMllib() {
        PipelineModel model = Trees.RANDOM_FOREST_CLASSIFIER.fit();
        PipelineModel alone = new PipelineModel("alone", Arrays.copyOfRange(model.stages(), 1, 2));
        Dataset<Row> shorter = SharedSpark.frame(
                new StructType().add("features", SQLDataTypes.VectorType()),
                List.of(RowFactory.create(Vectors.dense(1.0))));

        assertThatThrownBy(() -> alone.transform(shorter).collectAsList())
                .hasRootCauseInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> scored(alone, shorter).select("row.*").collectAsList())
                .hasRootCauseInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void linearModelsGiveWhatMllibsGive() {
        Dataset<Row> training = points(200, false)
                .withColumn("label", org.apache.spark.sql.functions.expr("cast(label > 0 AS DOUBLE)"))
                .withColumnRenamed("raw", "features");
        Dataset<Row> odd = points(200, true).withColumnRenamed("raw", "features");
        for (Estimator<?> estimator : List.of(
                new LogisticRegression(),
                new LogisticRegression().setThreshold(0.3).setElasticNetParam(1).setRegParam(0.1),
                new LinearSVC().setMaxIter(5))) {
            PipelineModel model =
                    new Pipeline().setStages(new PipelineStage[] {estimator}).fit(training);

            assertSame(model, training.drop("label"), 1);
            assertSame(model, odd, 1);
        }
        PipelineModel multinomial = new Pipeline()
                .setStages(new PipelineStage[] {new LogisticRegression().setFamily("multinomial")})
                .fit(training);
        assertSame(multinomial, odd, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep", "skip"})
    void labelsHaveTheIndicesOfMllib(String handleInvalid) {
        List<Row> rows = new ArrayList<>();
        for (String[] pair :
                new String[][] {{"a", "1"}, {"ä", "2"}, {"a", "2"}, {"", "2"}, {"?", "3"}, {"\ud83d\ude42", "4"}}) {
            rows.add(RowFactory.create(pair[0], pair[1]));
        }
        StructType schema = StructType.fromDDL("text STRING, other STRING");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new StringIndexer()
                            .setInputCols(new String[] {"text", "other"})
                            .setOutputCols(new String[] {"textIndex", "otherIndex"})
                            .setHandleInvalid(handleInvalid),
                    new StringIndexer()
                            .setInputCol("text")
                            .setOutputCol("again")
                            .setHandleInvalid(handleInvalid)
                })
                .fit(SharedSpark.frame(schema, rows));
        rows.add(RowFactory.create("unseen", "1"));
        rows.add(RowFactory.create(null, "1"));
        rows.add(RowFactory.create("A", "1"));
        Dataset<Row> data = SharedSpark.frame(schema, rows);

        assertThat(Arrays.stream(program(model, data.schema(), true).nodes())
                        .filter(node -> node instanceof FusedNode.Indexed))
                .hasSize(3);
        assertThat(Arrays.stream(program(model, data.schema(), false).nodes())
                        .filter(node -> node instanceof FusedNode.Indexed))
                .isEmpty();
        List<String> expected = bits(model.transform(data).select("textIndex", "otherIndex", "again"));
        assertThat(bits(scored(model, data)
                        .where("row IS NOT NULL")
                        .select("row.textIndex", "row.otherIndex", "row.again")))
                .isEqualTo(expected);
        RowModel alone =
                RowModel.load(new SharedSpark.Models(), SharedSpark.register("alone" + handleInvalid, model), schema);
        assertThat(rows.stream()
                        .map(row -> alone.score((column, name) -> row.get(column)))
                        .filter(Objects::nonNull)
                        .map(outputs -> Bits.of(List.copyOf(outputs.values())))
                        .toList())
                .isEqualTo(expected);
    }

    @Test
    void aLabelWithoutBytesOfItsOwnStandsForNoOther() {
        Dataset<Row> data = SharedSpark.frame(
                TEXTS, List.of(RowFactory.create("?"), RowFactory.create("\ud800"), RowFactory.create("b")));
        StringIndexerModel indexer = new StringIndexerModel("indexer", new String[] {"?", "\ud800", "b"})
                .setInputCol("text")
                .setOutputCol("index");
        PipelineModel model = new PipelineModel("labels", new org.apache.spark.ml.Transformer[] {indexer});

        assertThat(bits(scored(model, data).select("row.index")))
                .isEqualTo(bits(model.transform(data).select("index")));
    }

    @Test
    void aLabelThatWasNeverSeenFailsAsInMllib() {
        StructType schema = StructType.fromDDL("text STRING");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new StringIndexer().setInputCol("text").setOutputCol("index")
                })
                .fit(SharedSpark.frame(schema, List.of(RowFactory.create("a"))));
        Dataset<Row> unseen = SharedSpark.frame(schema, List.of(RowFactory.create("b")));

        assertThatThrownBy(() -> scored(model, unseen).select("row.index").collectAsList())
                .hasStackTraceContaining("Unseen label: b");
    }

    @Test
    void vectorsAreStoredAsSparkStoresThem() {
        VectorUDT type = new VectorUDT();
        assertThat(VectorRows.knows(SQLDataTypes.VectorType())).isTrue();
        UnsafeProjection projection = UnsafeProjection.create(new DataType[] {type});
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            double[] values = new double[random.nextInt(140)];
            Arrays.setAll(values, place -> random.nextInt(3) == 0 ? 0 : random.nextGaussian());
            Vector dense = Vectors.dense(values);
            for (Vector vector : List.of(dense, dense.toSparse())) {
                UnsafeRow expected = projection
                        .apply(new GenericInternalRow(new Object[] {type.serialize(vector)}))
                        .getStruct(0, 4);
                UnsafeRow stored = (UnsafeRow) VectorRows.of(vector);

                assertThat(stored.getBytes()).isEqualTo(expected.getBytes());
                assertThat(Bits.of(type.deserialize(stored))).isEqualTo(Bits.of(vector));
            }
        }
        assertThat(VectorRows.of(null)).isNull();
    }

    @Test
    void vectorsArePutTogetherInMllibsForm() {
        Random random = new Random(6);
        for (int i = 0; i < 2000; i++) {
            int size = i % 10 == 0 ? 1000 + random.nextInt(50) : random.nextInt(60);
            double share = random.nextDouble();
            double[] values = new double[size];
            Arrays.setAll(values, place -> random.nextDouble() < share ? -0.0 : random.nextGaussian());
            List<Object> parts = parts(values, random);
            FusedNode[] places = new FusedNode[parts.size()];
            Arrays.fill(places, new FusedNode.Given());
            FusedRow row = new FusedRow(places, 0);
            for (int place = 0; place < places.length; place++) {
                row.give(place, parts.get(place));
            }
            Vector sum = FusedVectors.concatenated(
                    row, IntStream.range(0, places.length).toArray());

            assertThat(Bits.of(sum))
                    .isEqualTo(Bits.of(Vectors.dense(values).toSparse().compressed()));
        }
    }

    /** Cuts values into numbers and vectors of both kinds. */
    private static List<Object> parts(double[] values, Random random) {
        List<Object> parts = new ArrayList<>();
        for (int start = 0; start < values.length; ) {
            int end = Math.min(values.length, start + 1 + random.nextInt(9));
            Vector vector = Vectors.dense(Arrays.copyOfRange(values, start, end));
            if (end == start + 1) {
                parts.add(values[start]);
            } else {
                parts.add(random.nextBoolean() ? vector : vector.toSparse());
            }
            start = end;
        }
        return parts;
    }

    @Test
    void wordsAreThoseOfTheTokenizer() {
        PipelineModel model = new Pipeline()
                .setStages(
                        new PipelineStage[] {new Tokenizer().setInputCol("text").setOutputCol("words")})
                .fit(texts());

        assertSame(model, texts(), 1);
    }

    @Test
    void hashedWordsAreCountedAsInMllib() {
        for (boolean binary : new boolean[] {false, true}) {
            PipelineModel model = new Pipeline()
                    .setStages(new PipelineStage[] {
                        new Tokenizer().setInputCol("text").setOutputCol("words"),
                        new HashingTF()
                                .setInputCol("words")
                                .setOutputCol("counts")
                                .setNumFeatures(11)
                                .setBinary(binary)
                    })
                    .fit(texts());

            assertSame(model, texts(), 2);
        }
    }

    @Test
    void wordsThatAreNoStringsAreHashedByMllib() {
        HashingTF hashing =
                new HashingTF().setInputCol("words").setOutputCol("counts").setNumFeatures(50);
        PipelineModel model = new PipelineModel("hashing", new org.apache.spark.ml.Transformer[] {hashing});
        Dataset<Row> words = SharedSpark.frame(
                StructType.fromDDL("words ARRAY<STRING>"),
                List.of(RowFactory.create((Object) new String[] {"a", null, "ünï", ""}), RowFactory.create((Object)
                        new String[0])));

        assertSame(model, words, 1);
    }

    private static void assertSame(PipelineModel model, Dataset<Row> data, int fastFunctions) {
        FusedProgram fast = program(model, data.schema(), true);
        assertThat(Arrays.stream(fast.nodes())
                        .filter(node -> node instanceof FusedNode.Call call && call.function() instanceof FastFunction))
                .hasSize(fastFunctions);
        assertThat(Arrays.stream(program(model, data.schema(), false).nodes())
                        .filter(node -> (node instanceof FusedNode.Call call && call.function() instanceof FastFunction)
                                || node instanceof FusedNode.StoredVector
                                || node instanceof FusedNode.Assembled))
                .isEmpty();

        String[] columns = fast.outputs().fieldNames();
        List<String> outputs = List.of(columns);
        List<String> expected = bits(model.transform(data).select(outputs.get(0), rest(columns)));
        assertThat(expected).isNotEmpty();
        assertThat(bits(scored(model, data).select("row.*").select(outputs.get(0), rest(columns))))
                .isEqualTo(expected);
    }

    private static FusedProgram program(PipelineModel model, StructType schema, boolean fast) {
        FoldedModel all = PipelineFolder.fold(SPARK, new LoadedModel(model, "tested", List.of()), nullable(schema));
        FoldedModel folded = fast ? all : all.withoutFastForms();
        return FusedCompiler.compile(folded, List.copyOf(folded.outputNames()), false);
    }

    private static Dataset<Row> scored(PipelineModel model, Dataset<Row> data) {
        String uri = SharedSpark.register("fast" + System.nanoTime(), model);
        return data.selectExpr("mlflow_predict_struct('" + uri + "', struct(*)) AS row");
    }

    private static String[] rest(String[] columns) {
        return Arrays.copyOfRange(columns, 1, columns.length);
    }

    private static StructType nullable(StructType schema) {
        return schema.asNullable();
    }

    private static List<String> bits(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Bits::of).toList();
    }

    /** Rows of two categories of 3 and 6 values, then three numbers, dense and sparse; odd ones have values that were never seen. */
    private static Dataset<Row> points(int count, boolean odd) {
        Random random = new Random(odd ? 2 : 1);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double[] values = {
                random.nextInt(3), random.nextInt(6), random.nextGaussian(), random.nextInt(50), random.nextDouble()
            };
            double label = (values[0] + values[1] > 3 ? 1 : 0) + (values[2] * values[4] > 0.1 ? 1 : 0);
            if (odd) {
                double[] strange = {Double.NaN, -0.0, -1, 0.5, 77, Double.POSITIVE_INFINITY, 3e9};
                values[random.nextInt(5)] = strange[random.nextInt(strange.length)];
            }
            Vector vector = Vectors.dense(values);
            rows.add(RowFactory.create(random.nextBoolean() ? vector : vector.toSparse(), label));
        }
        return SharedSpark.frame(POINTS, rows);
    }

    private static Dataset<Row> texts() {
        List<Row> rows = new ArrayList<>();
        for (String text : List.of(
                "Some words, some Words",
                "",
                " ",
                " leading",
                "trailing \t\n",
                "two  spaces",
                "tab\tline\nreturn\rfeed\fvertical\u000b",
                "no\u00a0break ideographic\u3000space",
                "İstanbul ÄÖÜ straße ΣΑΣ",
                "emoji 🙂 and a lone \ud800 surrogate")) {
            rows.add(RowFactory.create(text));
        }
        return SharedSpark.frame(TEXTS, rows);
    }
}
