package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.DecisionTreeClassifier;
import org.apache.spark.ml.classification.GBTClassifier;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.VectorIndexer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.regression.DecisionTreeRegressor;
import org.apache.spark.ml.regression.GBTRegressor;
import org.apache.spark.ml.regression.RandomForestRegressor;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
        assertThatThrownBy(() -> scored(alone, shorter).collectAsList())
                .hasRootCauseInstanceOf(IndexOutOfBoundsException.class);
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
        FoldedModel folded =
                PipelineFolder.fold(SPARK, new LoadedModel(model, "tested", List.of()), nullable(data.schema()));
        List<String> outputs = List.copyOf(folded.outputNames());
        FusedProgram fast = FusedCompiler.compile(folded, outputs, false);
        assertThat(Arrays.stream(fast.nodes())
                        .filter(node -> node instanceof FusedNode.Call call && call.function() instanceof FastFunction))
                .hasSize(fastFunctions);
        assertThat(Arrays.stream(FusedCompiler.compile(folded.anonymous(), outputs, false)
                                .nodes())
                        .filter(node -> node instanceof FusedNode.Call call && call.function() instanceof FastFunction))
                .isEmpty();

        String[] columns = outputs.toArray(String[]::new);
        List<String> expected = bits(model.transform(data).select(outputs.get(0), rest(columns)));
        assertThat(expected).isNotEmpty();
        assertThat(bits(scored(model, data).select(outputs.get(0), rest(columns))))
                .isEqualTo(expected);
    }

    private static Dataset<Row> scored(PipelineModel model, Dataset<Row> data) {
        String uri = SharedSpark.register("fast" + System.nanoTime(), model);
        return data.selectExpr("mlflow_predict_struct('" + uri + "', struct(*)) AS row")
                .select("row.*");
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
