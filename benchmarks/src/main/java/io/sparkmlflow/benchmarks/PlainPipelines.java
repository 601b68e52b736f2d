package io.sparkmlflow.benchmarks;

import java.util.Arrays;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.DecisionTreeClassificationModel;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.classification.RandomForestClassificationModel;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.IDFModel;
import org.apache.spark.ml.feature.OneHotEncoderModel;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.ml.tree.CategoricalSplit;
import org.apache.spark.ml.tree.ContinuousSplit;
import org.apache.spark.ml.tree.InternalNode;
import org.apache.spark.ml.tree.LeafNode;
import org.apache.spark.ml.tree.Node;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Takes the numbers out of fitted pipelines. */
final class PlainPipelines {
    private PlainPipelines() {}

    /** Returns a fitted pipeline and the first rows of the table. */
    static PlainPipeline of(SparkSession spark, ScoringPipelines pipeline, PipelineModel model) {
        String[] inputs = pipeline.inputs();
        Object[][] rows = ScoringPipelines.table(spark, RowTimes.ROWS).collectAsList().stream()
                .map(row -> values(row, inputs))
                .toArray(Object[][]::new);
        Transformer[] stages = model.stages();
        PlainPipeline.Stages plain =
                switch (pipeline) {
                    case NUMBERS -> numbers(stages);
                    case FOREST -> forest(stages);
                    case TEXT -> text(stages);
                };
        return new PlainPipeline(inputs, rows, plain);
    }

    private static Object[] values(Row row, String[] inputs) {
        return Arrays.stream(inputs).map(row::<Object>getAs).toArray();
    }

    private static PlainPipeline.Stages numbers(Transformer[] stages) {
        StandardScalerModel scaler = (StandardScalerModel) stages[1];
        return new PlainPipeline.Numbers(scaler.mean().toArray(), scaler.std().toArray(), regression(stages[2]));
    }

    private static PlainPipeline.Stages forest(Transformer[] stages) {
        RandomForestClassificationModel forest = (RandomForestClassificationModel) stages[3];
        return new PlainPipeline.Forest(
                ((StringIndexerModel) stages[0]).labelsArray(),
                ((OneHotEncoderModel) stages[1]).categorySizes(),
                Arrays.stream(forest.trees())
                        .map(DecisionTreeClassificationModel::rootNode)
                        .map(PlainPipelines::node)
                        .toArray(PlainPipeline.Node[]::new),
                forest.numFeatures(),
                forest.numClasses());
    }

    private static PlainPipeline.Stages text(Transformer[] stages) {
        return new PlainPipeline.Text(
                ((HashingTF) stages[1]).getNumFeatures(),
                ((IDFModel) stages[2]).idf().toArray(),
                regression(stages[3]));
    }

    private static PlainPipeline.Regression regression(Transformer stage) {
        LogisticRegressionModel model = (LogisticRegressionModel) stage;
        return new PlainPipeline.Regression(model.coefficients().toArray(), model.intercept(), model.getThreshold());
    }

    private static PlainPipeline.Node node(Node node) {
        if (node instanceof LeafNode leaf) {
            return new PlainPipeline.Node(
                    -1, 0, null, 0, leaf.impurityStats().stats().clone(), null, null);
        }
        InternalNode inner = (InternalNode) node;
        PlainPipeline.Node yes = node(inner.leftChild());
        PlainPipeline.Node no = node(inner.rightChild());
        if (inner.split() instanceof ContinuousSplit continuous) {
            return new PlainPipeline.Node(continuous.featureIndex(), continuous.threshold(), null, 0, null, yes, no);
        }
        CategoricalSplit split = (CategoricalSplit) inner.split();
        return new PlainPipeline.Node(
                split.featureIndex(), 0, split.leftCategories(), split.numCategories(), null, yes, no);
    }
}
