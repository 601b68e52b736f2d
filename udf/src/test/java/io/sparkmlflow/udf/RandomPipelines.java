package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.DecisionTreeClassifier;
import org.apache.spark.ml.classification.FMClassifier;
import org.apache.spark.ml.classification.GBTClassifier;
import org.apache.spark.ml.classification.LinearSVC;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.MultilayerPerceptronClassifier;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.clustering.BisectingKMeans;
import org.apache.spark.ml.clustering.GaussianMixture;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.feature.Binarizer;
import org.apache.spark.ml.feature.CountVectorizer;
import org.apache.spark.ml.feature.DCT;
import org.apache.spark.ml.feature.FeatureHasher;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.IDF;
import org.apache.spark.ml.feature.Imputer;
import org.apache.spark.ml.feature.MaxAbsScaler;
import org.apache.spark.ml.feature.MinMaxScaler;
import org.apache.spark.ml.feature.NGram;
import org.apache.spark.ml.feature.Normalizer;
import org.apache.spark.ml.feature.OneHotEncoder;
import org.apache.spark.ml.feature.PCA;
import org.apache.spark.ml.feature.QuantileDiscretizer;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.RobustScaler;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StopWordsRemover;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.VectorSizeHint;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.regression.DecisionTreeRegressor;
import org.apache.spark.ml.regression.GeneralizedLinearRegression;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.RandomForestRegressor;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** Pipelines and rows by chance: the same for the same seed. */
final class RandomPipelines {
    static final StructType SCHEMA = StructType.fromDDL(
                    "id INT, plan STRING, city STRING, age INT, income DOUBLE, debt FLOAT, text STRING, label DOUBLE")
            .add("v", SQLDataTypes.VectorType());

    private static final String[] PLANS = {"basic", "plus", "pro"};
    private static final String[] CITIES = {"Ulm", "Graz", "Bern", "Lyon"};
    private static final String[] WORDS = {"the", "slow", "good", "cheap", "broken", "fine", "line", "again", "a-b"};

    private final Random random;
    private final List<PipelineStage> stages = new ArrayList<>();
    private final List<String> features = new ArrayList<>();

    private RandomPipelines(long seed) {
        this.random = new Random(seed);
    }

    /** Fits a pipeline to rows without surprises. */
    static PipelineModel fit(long seed) {
        return new RandomPipelines(seed).fit();
    }

    /** Makes rows; some are odd if asked for. */
    static List<Row> rows(long seed, int count, boolean odd) {
        Random random = new Random(seed);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double[] values = {random.nextGaussian(), random.nextInt(3), random.nextDouble()};
            Vector vector = Vectors.dense(values);
            rows.add(RowFactory.create(
                    i,
                    strange(random, odd, pick(random, PLANS), null, "gold", ""),
                    strange(random, odd, pick(random, CITIES), null, "Rome", "Ulm "),
                    strange(random, odd, 18 + random.nextInt(60), null, 0, Integer.MIN_VALUE),
                    strange(
                            random,
                            odd,
                            Math.rint(random.nextGaussian() * 100) / 10,
                            null,
                            Double.NaN,
                            -0.0,
                            Double.NEGATIVE_INFINITY,
                            Double.MIN_VALUE),
                    strange(random, odd, random.nextFloat(), null, Float.NaN, 0f, Float.MAX_VALUE),
                    strange(random, odd, text(random), null, "", " ", "ünknown the"),
                    (double) (values[0] + random.nextGaussian() > 0 ? 1 : 0),
                    strange(
                            random,
                            odd,
                            random.nextBoolean() ? vector : vector.toSparse(),
                            null,
                            Vectors.zeros(3),
                            Vectors.sparse(3, new int[] {1}, new double[] {-2}),
                            Vectors.dense(Double.NaN, -0.0, 1e300))));
        }
        return rows;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i <= random.nextInt(5); i++) {
            text.append(pick(random, WORDS)).append(' ');
        }
        return text.toString().strip();
    }

    private static <T> T strange(Random random, boolean odd, T usual, Object... others) {
        @SuppressWarnings("unchecked")
        T other = (T) pick(random, others);
        return odd && random.nextInt(8) == 0 ? other : usual;
    }

    private static <T> T pick(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    @SafeVarargs
    private <T> T any(T... values) {
        return pick(random, values);
    }

    private PipelineModel fit() {
        Dataset<Row> training = SharedSpark.frame(SCHEMA, rows(7, 60, false));
        if (random.nextBoolean()) {
            categories();
        }
        if (random.nextBoolean()) {
            numbers();
        }
        if (random.nextInt(3) == 0) {
            text();
        }
        if (features.isEmpty() || random.nextBoolean()) {
            features.addAll(List.of("age", "debt"));
        }
        if (random.nextBoolean()) {
            stages.add(new VectorSizeHint().setInputCol("v").setSize(3).setHandleInvalid(any("skip", "optimistic")));
            features.add("v");
        }
        String assembled = scale();
        predict(assembled);
        return new Pipeline().setStages(stages.toArray(PipelineStage[]::new)).fit(training);
    }

    private void categories() {
        stages.add(Pipelines.index(any("keep", "skip"), "plan", "city"));
        if (random.nextBoolean()) {
            stages.add(new OneHotEncoder()
                    .setInputCols(new String[] {"planIndex", "cityIndex"})
                    .setOutputCols(new String[] {"planVector", "cityVector"})
                    .setDropLast(random.nextBoolean())
                    .setHandleInvalid("keep"));
            features.addAll(List.of("planVector", "cityVector"));
        } else {
            features.addAll(List.of("planIndex", "cityIndex"));
        }
    }

    private void numbers() {
        String income = "income";
        if (random.nextBoolean()) {
            stages.add(new Imputer()
                    .setInputCols(new String[] {"income"})
                    .setOutputCols(new String[] {"incomeFull"})
                    .setStrategy(any("mean", "median")));
            income = "incomeFull";
        }
        switch (random.nextInt(3)) {
            case 0 ->
                stages.add(new Binarizer()
                        .setInputCol(income)
                        .setOutputCol("number")
                        .setThreshold(1));
            case 1 ->
                stages.add(new QuantileDiscretizer()
                        .setInputCol(income)
                        .setOutputCol("number")
                        .setNumBuckets(3)
                        .setHandleInvalid(any("keep", "skip")));
            default ->
                stages.add(new FeatureHasher()
                        .setInputCols(new String[] {"age", "plan", income})
                        .setOutputCol("number")
                        .setNumFeatures(8));
        }
        features.add("number");
    }

    private void text() {
        stages.add(
                random.nextBoolean()
                        ? new Tokenizer().setInputCol("text").setOutputCol("words")
                        : new RegexTokenizer()
                                .setInputCol("text")
                                .setOutputCol("words")
                                .setPattern("\\W"));
        String words = "words";
        if (random.nextBoolean()) {
            stages.add(new StopWordsRemover().setInputCol(words).setOutputCol("kept"));
            words = "kept";
        }
        if (random.nextBoolean()) {
            stages.add(new NGram().setN(2).setInputCol(words).setOutputCol("grams"));
            words = "grams";
        }
        switch (random.nextInt(3)) {
            case 0 ->
                stages.add(new HashingTF()
                        .setInputCol(words)
                        .setOutputCol("counts")
                        .setNumFeatures(32));
            case 1 ->
                stages.add(new CountVectorizer()
                        .setInputCol(words)
                        .setOutputCol("counts")
                        .setVocabSize(10));
            default ->
                stages.add(new Word2Vec()
                        .setInputCol(words)
                        .setOutputCol("counts")
                        .setVectorSize(4)
                        .setMinCount(0)
                        .setMaxIter(1)
                        .setSeed(1));
        }
        stages.add(new IDF().setInputCol("counts").setOutputCol("weights"));
        features.add("weights");
    }

    private String scale() {
        String[] inputs = features.toArray(String[]::new);
        stages.add(Pipelines.assemble(any("skip", "skip", "error", "keep"), "assembled", inputs));
        PipelineStage scaler =
                switch (random.nextInt(9)) {
                    case 0 ->
                        new StandardScaler()
                                .setWithMean(random.nextBoolean())
                                .setInputCol("assembled")
                                .setOutputCol("scaled");
                    case 1 -> new MinMaxScaler().setInputCol("assembled").setOutputCol("scaled");
                    case 2 -> new MaxAbsScaler().setInputCol("assembled").setOutputCol("scaled");
                    case 3 -> new RobustScaler().setInputCol("assembled").setOutputCol("scaled");
                    case 4 -> new Normalizer().setInputCol("assembled").setOutputCol("scaled");
                    case 5 -> new DCT().setInputCol("assembled").setOutputCol("scaled");
                    case 6 -> new PCA().setK(2).setInputCol("assembled").setOutputCol("scaled");
                    default -> null;
                };
        if (scaler == null) {
            return "assembled";
        }
        stages.add(scaler);
        return "scaled";
    }

    private void predict(String column) {
        switch (random.nextInt(15)) {
            case 0 ->
                stages.add(
                        new LogisticRegression().setMaxIter(3).setThreshold(0.3).setFeaturesCol(column));
            case 1 ->
                stages.add(
                        new DecisionTreeClassifier().setMaxDepth(3).setSeed(1).setFeaturesCol(column));
            case 2 ->
                stages.add(new RandomForestClassifier()
                        .setNumTrees(3)
                        .setSeed(1)
                        .setFeaturesCol(column)
                        .setProbabilityCol(""));
            case 3 -> stages.add(new GBTClassifier().setMaxIter(2).setSeed(1).setFeaturesCol(column));
            case 4 -> stages.add(new LinearSVC().setMaxIter(3).setFeaturesCol(column));
            case 5 -> stages.add(new FMClassifier().setMaxIter(2).setSeed(1).setFeaturesCol(column));
            case 6 ->
                stages.add(new OneVsRest()
                        .setClassifier(new LogisticRegression().setMaxIter(2))
                        .setFeaturesCol(column));
            case 7 -> stages.add(new LinearRegression().setMaxIter(3).setFeaturesCol(column));
            case 8 ->
                stages.add(new GeneralizedLinearRegression()
                        .setFamily("gaussian")
                        .setLink("identity")
                        .setRegParam(0.1)
                        .setMaxIter(2)
                        .setLinkPredictionCol("link")
                        .setFeaturesCol(column));
            case 9 ->
                stages.add(new RandomForestRegressor().setNumTrees(3).setSeed(1).setFeaturesCol(column));
            case 10 ->
                stages.add(new DecisionTreeRegressor()
                        .setMaxDepth(3)
                        .setVarianceCol("variance")
                        .setFeaturesCol(column));
            case 11 -> stages.add(new KMeans().setK(3).setSeed(1).setMaxIter(2).setFeaturesCol(column));
            case 12 ->
                stages.add(
                        new BisectingKMeans().setK(3).setSeed(1).setMaxIter(2).setFeaturesCol(column));
            case 13 ->
                stages.add(
                        new GaussianMixture().setK(2).setSeed(1).setMaxIter(2).setFeaturesCol(column));
            default -> {
                PCA two = new PCA().setK(2).setInputCol(column).setOutputCol("two");
                stages.add(two);
                stages.add(new MultilayerPerceptronClassifier()
                        .setLayers(new int[] {2, 3, 2})
                        .setMaxIter(2)
                        .setSeed(1)
                        .setFeaturesCol("two"));
            }
        }
    }
}
