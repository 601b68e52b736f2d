import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.DecisionTreeClassifier;
import org.apache.spark.ml.classification.FMClassifier;
import org.apache.spark.ml.classification.GBTClassifier;
import org.apache.spark.ml.classification.LinearSVC;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.MultilayerPerceptronClassifier;
import org.apache.spark.ml.classification.NaiveBayes;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.clustering.BisectingKMeans;
import org.apache.spark.ml.clustering.GaussianMixture;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.LDA;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.feature.Binarizer;
import org.apache.spark.ml.feature.BucketedRandomProjectionLSH;
import org.apache.spark.ml.feature.Bucketizer;
import org.apache.spark.ml.feature.ChiSqSelector;
import org.apache.spark.ml.feature.CountVectorizer;
import org.apache.spark.ml.feature.DCT;
import org.apache.spark.ml.feature.ElementwiseProduct;
import org.apache.spark.ml.feature.FeatureHasher;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.IDF;
import org.apache.spark.ml.feature.Imputer;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.Interaction;
import org.apache.spark.ml.feature.MaxAbsScaler;
import org.apache.spark.ml.feature.MinHashLSH;
import org.apache.spark.ml.feature.MinMaxScaler;
import org.apache.spark.ml.feature.NGram;
import org.apache.spark.ml.feature.Normalizer;
import org.apache.spark.ml.feature.OneHotEncoder;
import org.apache.spark.ml.feature.PCA;
import org.apache.spark.ml.feature.PolynomialExpansion;
import org.apache.spark.ml.feature.QuantileDiscretizer;
import org.apache.spark.ml.feature.RFormula;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.RobustScaler;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StopWordsRemover;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.UnivariateFeatureSelector;
import org.apache.spark.ml.feature.VarianceThresholdSelector;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.feature.VectorIndexer;
import org.apache.spark.ml.feature.VectorSizeHint;
import org.apache.spark.ml.feature.VectorSlicer;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.fpm.FPGrowth;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.AFTSurvivalRegression;
import org.apache.spark.ml.regression.DecisionTreeRegressor;
import org.apache.spark.ml.regression.FMRegressor;
import org.apache.spark.ml.regression.GBTRegressor;
import org.apache.spark.ml.regression.GeneralizedLinearRegression;
import org.apache.spark.ml.regression.IsotonicRegression;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.RandomForestRegressor;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;

/** Pipelines as people write them, over the customers of {@link ParityRows}. */
final class ParityPipelines {
    private final Map<String, Supplier<PipelineStage[]>> pipelines = new LinkedHashMap<>();

    private ParityPipelines() {
        classifications();
        regressions();
        texts();
        groups();
        shapes();
    }

    static Map<String, Supplier<PipelineStage[]>> all() {
        return new ParityPipelines().pipelines;
    }

    private void classifications() {
        add("churn", () -> stages(
                index("keep", "plan", "city"),
                encode("plan", "city"),
                new Imputer().setInputCols(names("income", "debt")).setOutputCols(names("incomeFull", "debtFull")),
                assemble("keep", "raw", "planVector", "cityVector", "age", "incomeFull", "debtFull"),
                new StandardScaler().setInputCol("raw").setOutputCol("features").setWithMean(true),
                new StringIndexer().setInputCol("churned").setOutputCol("label0").setHandleInvalid("skip"),
                new LogisticRegression().setLabelCol("label0").setMaxIter(4).setRegParam(0.01),
                new IndexToString()
                        .setInputCol("prediction")
                        .setOutputCol("answer")
                        .setLabels(names("stays", "leaves"))));
        add("forest of indexed vectors", () -> {
            RandomForestClassifier forest = new RandomForestClassifier()
                    .setFeaturesCol("indexed")
                    .setNumTrees(4)
                    .setMaxDepth(4)
                    .setSeed(1)
                    .setThresholds(new double[] {0.6, 0.4});
            forest.setLeafCol("leaf");
            return stages(
                    new VectorIndexer()
                            .setInputCol("v")
                            .setOutputCol("indexed")
                            .setMaxCategories(4)
                            .setHandleInvalid("keep"),
                    forest);
        });
        add("tree over bands", () -> {
            DecisionTreeClassifier tree = new DecisionTreeClassifier().setMaxDepth(4).setSeed(1);
            tree.setLeafCol("leaf");
            return stages(
                    new Bucketizer()
                            .setInputCols(names("age", "income"))
                            .setOutputCols(names("ageBand", "incomeBand"))
                            .setSplitsArray(new double[][] {
                                {Double.NEGATIVE_INFINITY, 30, 50, Double.POSITIVE_INFINITY},
                                {Double.NEGATIVE_INFINITY, -5, 0, 5, Double.POSITIVE_INFINITY}
                            })
                            .setHandleInvalid("keep"),
                    new QuantileDiscretizer()
                            .setInputCols(names("amount", "days"))
                            .setOutputCols(names("amountBand", "daysBand"))
                            .setNumBucketsArray(new int[] {3, 4})
                            .setHandleInvalid("keep"),
                    assemble("keep", "features", "ageBand", "incomeBand", "amountBand", "daysBand"),
                    tree);
        });
        add("skipped rows", () -> stages(
                index("skip", "plan", "city"),
                new Bucketizer()
                        .setInputCol("income")
                        .setOutputCol("band")
                        .setSplits(new double[] {-1000, -5, 0, 5, 1000})
                        .setHandleInvalid("skip"),
                assemble("skip", "features", "planIndex", "cityIndex", "band", "age", "debt"),
                new GBTClassifier().setMaxIter(3).setMaxDepth(3).setSeed(1)));
        add("perceptron", () -> stages(
                assemble("keep", "raw", "age", "income", "debt"),
                new MinMaxScaler().setInputCol("raw").setOutputCol("features"),
                new MultilayerPerceptronClassifier()
                        .setLayers(new int[] {3, 4, 2})
                        .setMaxIter(4)
                        .setSeed(1)));
        add("factorization machine", () -> stages(
                assemble("keep", "raw", "age", "income", "visits"),
                new MinMaxScaler().setInputCol("raw").setOutputCol("features").setMin(-1),
                new FMClassifier().setMaxIter(3).setFactorSize(2).setSeed(1)));
        add("one versus rest", () -> stages(
                index("keep", "plan"),
                assemble("keep", "features", "age", "income", "debt"),
                new OneVsRest()
                        .setLabelCol("planIndex")
                        .setClassifier(new LogisticRegression().setMaxIter(3))));
        add("plans by hashed columns", () -> stages(
                index("keep", "plan"),
                new FeatureHasher()
                        .setInputCols(names("city", "age", "active", "income", "visits"))
                        .setOutputCol("hashed")
                        .setNumFeatures(16),
                new LogisticRegression()
                        .setFeaturesCol("hashed")
                        .setLabelCol("planIndex")
                        .setFamily("multinomial")
                        .setMaxIter(4)));
        add("cross-validated", () -> {
            LogisticRegression regression =
                    new LogisticRegression().setMaxIter(2).setThreshold(0.4);
            ParamMap[] grid = new ParamGridBuilder()
                    .addGrid(regression.regParam(), new double[] {0.0, 0.5})
                    .build();
            return stages(
                    assemble("error", "features", "age", "income", "v"),
                    new CrossValidator()
                            .setEstimator(regression)
                            .setEvaluator(new BinaryClassificationEvaluator())
                            .setEstimatorParamMaps(grid)
                            .setNumFolds(2)
                            .setSeed(1));
        });
    }

    private void regressions() {
        add("price", () -> stages(
                new Imputer()
                        .setInputCols(names("age", "income", "debt"))
                        .setOutputCols(names("age1", "income1", "debt1"))
                        .setStrategy("median"),
                assemble("keep", "raw", "age1", "income1", "debt1", "visits"),
                new StandardScaler().setInputCol("raw").setOutputCol("features"),
                new GBTRegressor().setLabelCol("amount").setMaxIter(3).setMaxDepth(3).setSeed(1)));
        add("formula", () -> stages(
                new RFormula().setFormula("visits ~ plan + city + age:income + debt").setHandleInvalid("keep"),
                new GeneralizedLinearRegression()
                        .setFamily("poisson")
                        .setMaxIter(3)
                        .setRegParam(0.1)
                        .setLinkPredictionCol("link")));
        add("statement", () -> stages(
                new SQLTransformer()
                        .setStatement("SELECT *, log1p(visits) AS logVisits, income / (age + 1L) AS ratio,"
                                + " CASE WHEN active THEN 1.0D WHEN plan = 'pro' THEN 0.5D ELSE 0.0D END AS activity,"
                                + " datediff(DATE'2026-01-01', joined) AS member, upper(trim(city)) AS town"
                                + " FROM __THIS__ WHERE age IS NULL OR age >= 0"),
                new StringIndexer().setInputCol("town").setOutputCol("townIndex").setHandleInvalid("keep"),
                assemble("skip", "features", "logVisits", "ratio", "activity", "member", "townIndex"),
                new LinearRegression().setLabelCol("amount").setMaxIter(4).setRegParam(0.1).setElasticNetParam(0.5)));
        add("strict", () -> stages(
                index("error", "plan", "city"),
                assemble("error", "features", "planIndex", "cityIndex", "age", "income"),
                new RandomForestRegressor().setLabelCol("amount").setNumTrees(3).setMaxDepth(4).setSeed(1)));
        add("selected by variance", () -> stages(
                sized("v"),
                assemble("keep", "raw", "age", "income", "debt", "v"),
                new VarianceThresholdSelector()
                        .setFeaturesCol("raw")
                        .setOutputCol("selected")
                        .setVarianceThreshold(0.2),
                new MaxAbsScaler().setInputCol("selected").setOutputCol("features"),
                new FMRegressor().setLabelCol("amount").setMaxIter(3).setFactorSize(2).setSeed(1)));
        add("selected by a test", () -> stages(
                assemble("keep", "raw", "age", "income", "debt", "visits"),
                new UnivariateFeatureSelector()
                        .setFeatureType("continuous")
                        .setLabelType("continuous")
                        .setSelectionMode("numTopFeatures")
                        .setSelectionThreshold(2)
                        .setFeaturesCol("raw")
                        .setLabelCol("amount")
                        .setOutputCol("features"),
                new LinearRegression().setLabelCol("amount").setSolver("normal")));
        add("polynomial", () -> stages(
                sized("v"),
                assemble("keep", "raw", "income", "v"),
                new PolynomialExpansion().setInputCol("raw").setOutputCol("features").setDegree(2),
                new LinearRegression().setLabelCol("amount").setMaxIter(3).setLoss("squaredError").setRegParam(0.1)));
        add("interaction", () -> stages(
                index("keep", "plan", "city"),
                encode("plan", "city"),
                new Imputer().setInputCol("income").setOutputCol("incomeFull"),
                new Interaction()
                        .setInputCols(names("planVector", "cityVector", "incomeFull"))
                        .setOutputCol("features"),
                new LinearRegression().setLabelCol("amount").setMaxIter(3).setRegParam(0.1)));
        add("survival", () -> stages(
                assemble("keep", "features", "income", "debt"),
                new AFTSurvivalRegression()
                        .setLabelCol("days")
                        .setCensorCol("censor")
                        .setQuantileProbabilities(new double[] {0.3, 0.6})
                        .setQuantilesCol("quantiles")
                        .setMaxIter(4)));
        add("isotonic", () -> stages(
                new Imputer().setInputCol("income").setOutputCol("incomeFull"),
                new IsotonicRegression().setFeaturesCol("incomeFull").setLabelCol("amount")));
        add("nested", () -> {
            Pipeline numbers = new Pipeline()
                    .setStages(stages(
                            new Imputer()
                                    .setInputCols(names("income", "debt"))
                                    .setOutputCols(names("incomeFull", "debtFull"))
                                    .setMissingValue(0),
                            assemble("keep", "numbers", "incomeFull", "debtFull", "age")));
            Pipeline categories = new Pipeline().setStages(stages(index("keep", "plan", "city"), encode("plan", "city")));
            DecisionTreeRegressor tree =
                    new DecisionTreeRegressor().setLabelCol("amount").setMaxDepth(4).setVarianceCol("variance");
            Pipeline all = new Pipeline().setStages(stages(
                    categories, numbers, assemble("keep", "features", "planVector", "cityVector", "numbers"), tree));
            return stages(all);
        });
        add("chosen by a split", () -> {
            LinearRegression regression = new LinearRegression().setLabelCol("amount").setMaxIter(2);
            ParamMap[] grid = new ParamGridBuilder()
                    .addGrid(regression.regParam(), new double[] {0.0, 0.5})
                    .build();
            Pipeline whole = new Pipeline()
                    .setStages(stages(
                            new Binarizer()
                                    .setInputCols(names("income", "days"))
                                    .setOutputCols(names("rich", "large"))
                                    .setThresholds(new double[] {1.5, 40}),
                            assemble("keep", "features", "rich", "large", "income"),
                            regression));
            return stages(new TrainValidationSplit()
                    .setEstimator(whole)
                    .setEvaluator(new org.apache.spark.ml.evaluation.RegressionEvaluator().setLabelCol("amount"))
                    .setEstimatorParamMaps(grid)
                    .setSeed(1));
        });
    }

    private void texts() {
        add("reviews", () -> stages(
                filledText(),
                new Tokenizer().setInputCol("filled").setOutputCol("words"),
                new StopWordsRemover().setInputCol("words").setOutputCol("terms"),
                new NGram().setN(2).setInputCol("terms").setOutputCol("pairs"),
                new HashingTF().setInputCol("pairs").setOutputCol("counts").setNumFeatures(64),
                new IDF().setInputCol("counts").setOutputCol("features"),
                new NaiveBayes()));
        add("topics", () -> stages(
                filledText(),
                new RegexTokenizer().setInputCol("filled").setOutputCol("words").setPattern("[^a-z]+"),
                new CountVectorizer().setInputCol("words").setOutputCol("features").setVocabSize(12),
                new LDA().setK(3).setMaxIter(2).setSeed(1).setOptimizer("online")));
        add("meanings of words", () -> stages(
                filledText(),
                new Tokenizer().setInputCol("filled").setOutputCol("words"),
                new Word2Vec()
                        .setInputCol("words")
                        .setOutputCol("features")
                        .setVectorSize(4)
                        .setMinCount(0)
                        .setMaxIter(1)
                        .setSeed(1),
                new LinearSVC().setMaxIter(3).setPredictionCol("churns")));
        add("words selected by a test", () -> stages(
                filledText(),
                new Tokenizer().setInputCol("filled").setOutputCol("words"),
                new HashingTF().setInputCol("words").setOutputCol("counts").setNumFeatures(32).setBinary(true),
                new ChiSqSelector().setFeaturesCol("counts").setOutputCol("features").setNumTopFeatures(6),
                new LogisticRegression().setMaxIter(3)));
        add("baskets", () -> stages(
                new FPGrowth().setItemsCol("items").setMinSupport(0.1).setMinConfidence(0.2)));
    }

    private void groups() {
        add("segments", () -> stages(
                assemble("skip", "raw", "age", "income", "debt"),
                new StandardScaler().setInputCol("raw").setOutputCol("scaled"),
                new PCA().setInputCol("scaled").setOutputCol("features").setK(2),
                new KMeans().setK(3).setSeed(1).setMaxIter(3)));
        add("bisected", () -> stages(
                sized("v"),
                assemble("keep", "raw", "age", "income", "v"),
                new RobustScaler().setInputCol("raw").setOutputCol("scaled").setWithCentering(true),
                new Normalizer().setInputCol("scaled").setOutputCol("features"),
                new BisectingKMeans().setK(3).setSeed(1).setMaxIter(2)));
        add("mixture", () -> stages(
                assemble("keep", "features", "income", "debt"),
                new GaussianMixture().setK(2).setSeed(1).setMaxIter(2)));
        add("sets alike", () -> stages(
                new CountVectorizer().setInputCol("items").setOutputCol("counts").setBinary(true),
                new MinHashLSH().setInputCol("counts").setOutputCol("hashes").setNumHashTables(3).setSeed(1)));
        add("neighbours", () -> stages(
                new MinMaxScaler().setInputCol("v").setOutputCol("scaled"),
                new BucketedRandomProjectionLSH()
                        .setInputCol("scaled")
                        .setOutputCol("hashes")
                        .setBucketLength(0.5)
                        .setNumHashTables(2)
                        .setSeed(1)));
    }

    private void shapes() {
        add("signal", () -> stages(
                new DCT().setInputCol("v").setOutputCol("frequencies"),
                new ElementwiseProduct()
                        .setInputCol("v")
                        .setOutputCol("weighted")
                        .setScalingVec(Vectors.dense(0.5, -2, 0)),
                new VectorSlicer().setInputCol("weighted").setOutputCol("sliced").setIndices(new int[] {2, 0}),
                assemble("error", "features", "sliced", "frequencies"),
                new DecisionTreeRegressor().setLabelCol("amount").setMaxDepth(3).setVarianceCol("variance")));
        add("sized vectors", () -> stages(
                new VectorSizeHint().setInputCol("w").setSize(3).setHandleInvalid("skip"),
                index("keep", "city"),
                new OneHotEncoder()
                        .setInputCol("cityIndex")
                        .setOutputCol("cityVector")
                        .setDropLast(false)
                        .setHandleInvalid("keep"),
                assemble("keep", "features", "w", "cityVector", "active"),
                new LinearSVC().setMaxIter(3).setThreshold(0.2)));
    }

    private void add(String name, Supplier<PipelineStage[]> stages) {
        pipelines.put(name, stages);
    }

    /** A text that is nowhere null, which MLlib's tokenizers don't take. */
    private static SQLTransformer filledText() {
        return new SQLTransformer().setStatement("SELECT *, coalesce(text, '') AS filled FROM __THIS__");
    }

    private static VectorSizeHint sized(String column) {
        return new VectorSizeHint().setInputCol(column).setSize(3).setHandleInvalid("optimistic");
    }

    private static StringIndexer index(String handleInvalid, String... columns) {
        String[] outputs = new String[columns.length];
        for (int i = 0; i < columns.length; i++) {
            outputs[i] = columns[i] + "Index";
        }
        return new StringIndexer().setInputCols(columns).setOutputCols(outputs).setHandleInvalid(handleInvalid);
    }

    private static OneHotEncoder encode(String... columns) {
        String[] inputs = new String[columns.length];
        String[] outputs = new String[columns.length];
        for (int i = 0; i < columns.length; i++) {
            inputs[i] = columns[i] + "Index";
            outputs[i] = columns[i] + "Vector";
        }
        return new OneHotEncoder().setInputCols(inputs).setOutputCols(outputs);
    }

    private static VectorAssembler assemble(String handleInvalid, String output, String... inputs) {
        return new VectorAssembler().setInputCols(inputs).setOutputCol(output).setHandleInvalid(handleInvalid);
    }

    private static String[] names(String... names) {
        return names;
    }

    private static PipelineStage[] stages(PipelineStage... stages) {
        return stages;
    }
}
