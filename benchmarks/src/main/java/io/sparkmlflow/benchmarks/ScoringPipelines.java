package io.sparkmlflow.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.IDF;
import org.apache.spark.ml.feature.OneHotEncoder;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The three pipelines that are scored, over one table that is made by a formula. It is compiled for the peers' Sparks too, so
 * that all of them fit the same.
 */
public enum ScoringPipelines {
    /** An assembler of ten columns, a scaler and a logistic regression. */
    NUMBERS {
        @Override
        PipelineStage[] stages() {
            return new PipelineStage[] {
                new VectorAssembler().setInputCols(numbers()).setOutputCol("raw"),
                new StandardScaler().setInputCol("raw").setOutputCol("features").setWithMean(true),
                new LogisticRegression().setMaxIter(10)
            };
        }

        @Override
        public String[] inputs() {
            return numbers();
        }
    },
    /** Two categories indexed and encoded, six numbers, and a forest of twenty trees. */
    FOREST {
        @Override
        PipelineStage[] stages() {
            String[] features = {"planVector", "cityVector", "x0", "x1", "x2", "x3", "x4", "x5"};
            return new PipelineStage[] {
                new StringIndexer()
                        .setInputCols(new String[] {"plan", "city"})
                        .setOutputCols(new String[] {"planIndex", "cityIndex"}),
                new OneHotEncoder()
                        .setInputCols(new String[] {"planIndex", "cityIndex"})
                        .setOutputCols(new String[] {"planVector", "cityVector"}),
                new VectorAssembler().setInputCols(features).setOutputCol("features"),
                new RandomForestClassifier().setNumTrees(20).setMaxDepth(5).setSeed(1)
            };
        }

        @Override
        public String[] inputs() {
            return new String[] {"plan", "city", "x0", "x1", "x2", "x3", "x4", "x5"};
        }
    },
    /** Words hashed, weighted, and a logistic regression. */
    TEXT {
        @Override
        PipelineStage[] stages() {
            return new PipelineStage[] {
                new Tokenizer().setInputCol("text").setOutputCol("words"),
                new HashingTF().setInputCol("words").setOutputCol("counts").setNumFeatures(1 << 14),
                new IDF().setInputCol("counts").setOutputCol("features"),
                new LogisticRegression().setMaxIter(10)
            };
        }

        @Override
        public String[] inputs() {
            return new String[] {"text"};
        }
    };

    private static final int TRAINING_ROWS = 20_000;
    private static final int NUMBERS_COUNT = 10;
    private static final String PLANS = "array('basic', 'plus', 'pro', 'team')";
    private static final String CITIES =
            "array('Ulm', 'Graz', 'Bern', 'Lyon', 'Turin', 'Gent', 'Linz', 'Brno', 'Basel', 'Metz')";
    private static final String WORDS =
            "array('The', 'slow', 'good', 'cheap', 'broken', 'fine', 'line', 'again', 'service',"
                    + " 'never', 'always', 'answer', 'call', 'bill', 'price', 'happy', 'angry', 'week', 'month', 'Thanks')";

    abstract PipelineStage[] stages();

    /** Returns the columns that the model reads. */
    public abstract String[] inputs();

    /** Fits the pipeline to the first rows of the table. */
    public PipelineModel fit(SparkSession spark) {
        return new Pipeline().setStages(stages()).fit(table(spark, TRAINING_ROWS));
    }

    /** Makes the first rows of the table: ten numbers {@code x0} to {@code x9}, two categories, a text of eight words and a label. */
    public static Dataset<Row> table(SparkSession spark, long rows) {
        List<String> columns = new ArrayList<>(List.of("id"));
        for (int i = 0; i < NUMBERS_COUNT; i++) {
            columns.add(String.format(Locale.ROOT, "(xxhash64(id, %d) %% 10000) / 1000.0D AS x%d", i, i));
        }
        columns.add("element_at(" + PLANS + ", cast(pmod(xxhash64(id, 20), 4) + 1 AS INT)) AS plan");
        columns.add("element_at(" + CITIES + ", cast(pmod(xxhash64(id, 21), 10) + 1 AS INT)) AS city");
        columns.add("concat_ws(' ', transform(sequence(1, 8), w -> element_at(" + WORDS
                + ", cast(pmod(xxhash64(id, 30 + w), 20) + 1 AS INT)))) AS text");
        return spark.range(rows)
                .selectExpr(columns.toArray(new String[0]))
                .selectExpr(
                        "*",
                        "cast(x0 - x1 + x2 * x3 / 10 + (CASE plan WHEN 'pro' THEN 2 ELSE 0 END)"
                                + " + (CASE WHEN text LIKE '%angry%' THEN 3 ELSE 0 END) > 1 AS DOUBLE) AS label");
    }

    private static String[] numbers() {
        String[] names = new String[NUMBERS_COUNT];
        for (int i = 0; i < names.length; i++) {
            names[i] = "x" + i;
        }
        return names;
    }
}
