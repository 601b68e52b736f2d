package io.sparkmlflow.mllib;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** One local Spark for the tests of this module, and a small table to fit on. */
final class TestSpark {
    static final StructType SCHEMA = new StructType()
            .add("id", DataTypes.LongType)
            .add("age", DataTypes.IntegerType)
            .add("income", DataTypes.DoubleType)
            .add("city", DataTypes.StringType)
            .add("churned", DataTypes.StringType);

    private TestSpark() {}

    static SparkSession session() {
        return SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .getOrCreate();
    }

    static Dataset<Row> people() {
        List<Row> rows = IntStream.range(0, 60)
                .mapToObj(i -> RowFactory.create(
                        (long) i, 20 + i % 40, 1000.0 * (i % 7), i % 3 == 0 ? "Rom" : "Oslo", i % 5 < 2 ? "yes" : "no"))
                .toList();
        return session().createDataFrame(rows, SCHEMA);
    }

    /** Indexes the label and a city, assembles them with age and income, and fits a logistic regression. */
    static PipelineModel churnModel() {
        return new Pipeline()
                .setStages(new PipelineStage[] {
                    new StringIndexer().setInputCol("churned").setOutputCol("label"),
                    new StringIndexer().setInputCol("city").setOutputCol("cityIndex"),
                    new VectorAssembler()
                            .setInputCols(new String[] {"age", "income", "cityIndex"})
                            .setOutputCol("features"),
                    new LogisticRegression().setMaxIter(3)
                })
                .fit(people());
    }
}
