package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.artifacts.TemporaryFolders;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.DecisionTreeClassifier;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.clustering.BisectingKMeans;
import org.apache.spark.ml.clustering.DistributedLDAModel;
import org.apache.spark.ml.clustering.GaussianMixture;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.LDA;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.BucketedRandomProjectionLSH;
import org.apache.spark.ml.feature.CountVectorizer;
import org.apache.spark.ml.feature.Imputer;
import org.apache.spark.ml.feature.MinHashLSH;
import org.apache.spark.ml.feature.RFormula;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.UnivariateFeatureSelector;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.fpm.FPGrowth;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.ml.regression.IsotonicRegression;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Takes the files away from models that were loaded: who still predicts does not need them. */
@Tag("thorough")
class LazyModelsTest {
    private static Dataset<Row> data;

    @TempDir
    Path directory;

    static List<Estimator<?>> estimators() {
        return List.of(
                new ALS()
                        .setUserCol("id")
                        .setItemCol("item")
                        .setRatingCol("label")
                        .setMaxIter(1),
                new FPGrowth().setItemsCol("words").setMinSupport(0.3),
                new Imputer().setInputCols(new String[] {"x"}).setOutputCols(new String[] {"xImputed"}),
                new LDA().setOptimizer("em").setK(2).setMaxIter(2),
                new LDA().setOptimizer("online").setK(2).setMaxIter(1),
                new KMeans().setK(2).setMaxIter(1),
                new BisectingKMeans().setK(2).setMaxIter(1),
                new GaussianMixture().setK(2).setMaxIter(1),
                new LogisticRegression().setMaxIter(1),
                new DecisionTreeClassifier().setMaxDepth(1),
                new OneVsRest().setClassifier(new LogisticRegression().setMaxIter(1)),
                new CrossValidator()
                        .setEstimator(new LogisticRegression().setMaxIter(1))
                        .setEvaluator(new MulticlassClassificationEvaluator())
                        .setEstimatorParamMaps(new ParamMap[] {new ParamMap()})
                        .setNumFolds(2),
                new IsotonicRegression(),
                new StringIndexer().setInputCol("word").setOutputCol("index"),
                new CountVectorizer().setInputCol("words").setOutputCol("counts"),
                new StandardScaler().setInputCol("features").setOutputCol("scaled"),
                new Word2Vec()
                        .setInputCol("words")
                        .setOutputCol("vector")
                        .setVectorSize(2)
                        .setMinCount(1)
                        .setMaxIter(1),
                new MinHashLSH().setInputCol("features").setOutputCol("hashes"),
                new BucketedRandomProjectionLSH()
                        .setInputCol("features")
                        .setOutputCol("hashes")
                        .setBucketLength(1),
                new UnivariateFeatureSelector()
                        .setFeatureType("continuous")
                        .setLabelType("categorical")
                        .setOutputCol("selected"),
                new RFormula()
                        .setFormula("label ~ x + word")
                        .setFeaturesCol("formula")
                        .setLabelCol("target"));
    }

    @ParameterizedTest
    @MethodSource("estimators")
    void onlyTheLazyOnesNeedTheirFilesAfterLoading(Estimator<?> estimator) throws java.io.IOException {
        Path folder = directory.resolve("model");
        String uri = folder.toUri().toString();
        new Pipeline()
                .setStages(new PipelineStage[] {estimator})
                .fit(data())
                .write()
                .save(uri);
        SparkMlFolder files =
                SparkMlFolder.list(TestSpark.session().sparkContext().hadoopConfiguration(), uri, uri);
        boolean lazy = LazyModels.isAmong(files.stages());
        PipelineModel loaded = PipelineModel.load(uri);

        TemporaryFolders.delete(folder);

        boolean works = stillWorks(loaded);
        // From Spark 4.1 on the imputer has its values in memory.
        assertThat(works || lazy)
                .as("works without its files, or is known not to")
                .isTrue();
        assertThat(works && lazy && !(estimator instanceof Imputer))
                .as("works without its files, but its copy is kept")
                .isFalse();
    }

    private static boolean stillWorks(PipelineModel loaded) {
        try {
            loaded.transform(data()).collectAsList();
            if (loaded.stages()[0] instanceof DistributedLDAModel lda) {
                lda.toLocal();
                lda.logPrior();
            }
            return true;
        } catch (Exception e) {
            String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
            assertThat(message).as("the failure of %s", (Model<?>) loaded).containsAnyOf("exist", "not found");
            return false;
        }
    }

    private static Dataset<Row> data() {
        if (data == null) {
            // One task at a time: two that are the first to fit a Gaussian mixture may never end (SPARK-59618).
            data = TestSpark.session()
                    .range(0, 24, 1, 1)
                    .selectExpr(
                            "CAST(id AS INT) AS id",
                            "CAST(id % 3 AS INT) AS item",
                            "CAST(id % 2 AS DOUBLE) AS label",
                            "CAST(id + 1 AS DOUBLE) AS x",
                            "concat('w', id % 4) AS word",
                            "array(concat('w', id % 4), concat('v', id % 3)) AS words");
            data = new org.apache.spark.ml.feature.VectorAssembler()
                    .setInputCols(new String[] {"x", "item"})
                    .setOutputCol("features")
                    .transform(data)
                    .cache();
        }
        return data;
    }
}
