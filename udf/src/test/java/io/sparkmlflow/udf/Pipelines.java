package io.sparkmlflow.udf;

import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.DecisionTreeClassifier;
import org.apache.spark.ml.classification.GBTClassifier;
import org.apache.spark.ml.classification.LinearSVC;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.NaiveBayes;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.feature.Bucketizer;
import org.apache.spark.ml.feature.CountVectorizer;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.IDF;
import org.apache.spark.ml.feature.Imputer;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.MinMaxScaler;
import org.apache.spark.ml.feature.OneHotEncoder;
import org.apache.spark.ml.feature.PCA;
import org.apache.spark.ml.feature.RFormula;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StopWordsRemover;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.GBTRegressor;
import org.apache.spark.ml.regression.GeneralizedLinearRegression;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.RandomForestRegressor;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ParamGridBuilder;

/** Pipelines as people write them, over the customers of {@link Churn}. */
enum Pipelines {
    CATEGORIES_AND_NUMBERS_TO_LOGISTIC_REGRESSION {
        @Override
        PipelineStage[] stages() {
            return stages(
                    index("keep", "plan", "city"),
                    new OneHotEncoder()
                            .setInputCols(new String[] {"planIndex", "cityIndex"})
                            .setOutputCols(new String[] {"planVector", "cityVector"}),
                    assemble("keep", "raw", "planVector", "cityVector", "age", "income", "debt"),
                    new StandardScaler()
                            .setInputCol("raw")
                            .setOutputCol("features")
                            .setWithMean(true),
                    labelIndex(),
                    new LogisticRegression().setMaxIter(5).setLabelCol("churnedIndex"));
        }
    },
    TEXT_TO_NAIVE_BAYES {
        @Override
        PipelineStage[] stages() {
            return stages(
                    new Tokenizer().setInputCol("text").setOutputCol("words"),
                    new StopWordsRemover().setInputCol("words").setOutputCol("terms"),
                    new HashingTF().setInputCol("terms").setOutputCol("counts").setNumFeatures(64),
                    new IDF().setInputCol("counts").setOutputCol("features"),
                    labelIndex(),
                    new NaiveBayes().setLabelCol("churnedIndex"));
        }
    },
    COUNTED_TEXT_TO_A_TREE {
        @Override
        PipelineStage[] stages() {
            DecisionTreeClassifier tree =
                    new DecisionTreeClassifier().setLabelCol("churnedIndex").setMaxDepth(3);
            tree.setLeafCol("leaf");
            return stages(
                    new Tokenizer().setInputCol("text").setOutputCol("words"),
                    new CountVectorizer().setInputCol("words").setOutputCol("features"),
                    labelIndex(),
                    tree);
        }
    },
    FOREST_WITH_LABELS_PUT_BACK {
        @Override
        PipelineStage[] stages() {
            return stages(
                    index("keep", "plan"),
                    assemble("keep", "features", "planIndex", "age", "income"),
                    labelIndex(),
                    new RandomForestClassifier()
                            .setLabelCol("churnedIndex")
                            .setNumTrees(4)
                            .setSeed(1),
                    new IndexToString()
                            .setInputCol("prediction")
                            .setOutputCol("answer")
                            .setLabels(new String[] {"no", "yes"}));
        }
    },
    KMEANS {
        @Override
        PipelineStage[] stages() {
            return stages(
                    assemble("skip", "features", "age", "income", "debt"),
                    new KMeans().setK(3).setSeed(1).setMaxIter(3));
        }
    },
    INVALID_ROWS_SKIPPED_BY_THREE_STAGES {
        @Override
        PipelineStage[] stages() {
            return stages(
                    index("skip", "plan", "city"),
                    new Bucketizer()
                            .setInputCol("income")
                            .setOutputCol("bucket")
                            .setSplits(new double[] {Double.NEGATIVE_INFINITY, -5, 0, 5, Double.POSITIVE_INFINITY})
                            .setHandleInvalid("skip"),
                    assemble("skip", "features", "planIndex", "cityIndex", "bucket", "age", "debt"),
                    new LinearRegression().setLabelCol("amount").setMaxIter(5));
        }
    },
    NESTED_PIPELINE_WITH_IMPUTER_AND_BOOSTED_TREES {
        @Override
        PipelineStage[] stages() {
            Pipeline inner = new Pipeline()
                    .setStages(stages(
                            new Imputer()
                                    .setInputCols(new String[] {"income", "debt"})
                                    .setOutputCols(new String[] {"incomeFull", "debtFull"}),
                            assemble("keep", "features", "incomeFull", "debtFull", "age")));
            return stages(
                    inner,
                    labelIndex(),
                    new GBTClassifier()
                            .setLabelCol("churnedIndex")
                            .setMaxIter(3)
                            .setSeed(1));
        }
    },
    CROSS_VALIDATED {
        @Override
        PipelineStage[] stages() {
            LogisticRegression regression =
                    new LogisticRegression().setLabelCol("churnedIndex").setMaxIter(3);
            ParamMap[] grid = new ParamGridBuilder()
                    .addGrid(regression.regParam(), new double[] {0.0, 0.5})
                    .build();
            return stages(
                    assemble("keep", "features", "age", "income"),
                    labelIndex(),
                    new CrossValidator()
                            .setEstimator(regression)
                            .setEvaluator(new BinaryClassificationEvaluator().setLabelCol("churnedIndex"))
                            .setEstimatorParamMaps(grid)
                            .setNumFolds(2)
                            .setSeed(1));
        }
    },
    ONE_VS_REST {
        @Override
        PipelineStage[] stages() {
            return stages(
                    index("keep", "plan"),
                    assemble("keep", "features", "age", "income", "debt"),
                    new OneVsRest().setLabelCol("planIndex").setClassifier(new LogisticRegression().setMaxIter(3)));
        }
    },
    PRINCIPAL_COMPONENTS {
        @Override
        PipelineStage[] stages() {
            return stages(
                    assemble("keep", "raw", "age", "income", "debt"),
                    new MinMaxScaler().setInputCol("raw").setOutputCol("scaled"),
                    new PCA().setInputCol("scaled").setOutputCol("features").setK(2),
                    new GeneralizedLinearRegression()
                            .setLabelCol("amount")
                            .setMaxIter(3)
                            .setLinkPredictionCol("link"));
        }
    },
    SUPPORT_VECTORS_UNDER_ANOTHER_NAME {
        @Override
        PipelineStage[] stages() {
            return stages(
                    assemble("keep", "features", "age", "income"),
                    labelIndex(),
                    new LinearSVC().setLabelCol("churnedIndex").setMaxIter(3).setPredictionCol("churns"));
        }
    },
    SQL_AND_FORMULA {
        @Override
        PipelineStage[] stages() {
            return stages(
                    new SQLTransformer()
                            .setStatement("SELECT *, income / (age + 1) AS ratio, upper(city) AS town FROM __THIS__"
                                    + " WHERE income + age IS NOT NULL"),
                    new RFormula()
                            .setFormula("amount ~ ratio + town + plan:age")
                            .setHandleInvalid("keep"),
                    new LinearRegression().setMaxIter(3));
        }
    },
    REGRESSION_TREES {
        @Override
        PipelineStage[] stages() {
            return stages(
                    assemble("keep", "features", "age", "income"),
                    new RandomForestRegressor()
                            .setLabelCol("amount")
                            .setNumTrees(3)
                            .setSeed(1)
                            .setPredictionCol("forest"),
                    new GBTRegressor().setLabelCol("amount").setMaxIter(2).setSeed(1));
        }
    },
    FEATURES_ONLY {
        @Override
        PipelineStage[] stages() {
            return stages(index("keep", "plan"), assemble("keep", "features", "planIndex", "age"));
        }
    };

    abstract PipelineStage[] stages();

    private PipelineModel fitted;

    /** Returns the fitted pipeline; fits it once for all tests. */
    synchronized PipelineModel model() {
        if (fitted == null) {
            fitted =
                    new Pipeline().setStages(stages()).fit(Churn.training().na().drop());
        }
        return fitted;
    }

    /** Registers the model and returns its URI. */
    String uri() {
        return SharedSpark.register(name().toLowerCase(java.util.Locale.ROOT), model());
    }

    static PipelineStage[] stages(PipelineStage... stages) {
        return stages;
    }

    static StringIndexer index(String handleInvalid, String... columns) {
        String[] outputs = new String[columns.length];
        for (int i = 0; i < columns.length; i++) {
            outputs[i] = columns[i] + "Index";
        }
        return new StringIndexer().setInputCols(columns).setOutputCols(outputs).setHandleInvalid(handleInvalid);
    }

    static StringIndexer labelIndex() {
        return new StringIndexer()
                .setInputCol("churned")
                .setOutputCol("churnedIndex")
                .setHandleInvalid("skip");
    }

    static VectorAssembler assemble(String handleInvalid, String output, String... inputs) {
        return new VectorAssembler().setInputCols(inputs).setOutputCol(output).setHandleInvalid(handleInvalid);
    }
}
