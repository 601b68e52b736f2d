package io.sparkmlflow.udf;

import java.util.Arrays;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What tests of other packages need from here. */
public final class TestModels {
    private TestModels() {}

    public static SparkSession session() {
        return SharedSpark.SPARK;
    }

    public static Dataset<Row> training() {
        return Churn.training();
    }

    /** A pipeline whose function refers to a broadcast, over the column {@code text}. */
    public static PipelineModel countedText() {
        Transformer[] stages = Arrays.stream(
                        Pipelines.COUNTED_TEXT_TO_A_TREE.model().stages())
                .filter(stage -> !(stage instanceof StringIndexerModel))
                .toArray(Transformer[]::new);
        return new PipelineModel("countedText", stages);
    }
}
