package io.sparkmlflow.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ml.combust.mleap.core.classification.BinaryLogisticRegressionModel;
import ml.combust.mleap.core.classification.DecisionTreeClassifierModel;
import ml.combust.mleap.core.classification.LogisticRegressionModel;
import ml.combust.mleap.core.classification.RandomForestClassifierModel;
import ml.combust.mleap.core.feature.HandleInvalid;
import ml.combust.mleap.core.feature.HashingTermFrequencyModel;
import ml.combust.mleap.core.feature.IDFModel;
import ml.combust.mleap.core.feature.OneHotEncoderModel;
import ml.combust.mleap.core.feature.StandardScalerModel;
import ml.combust.mleap.core.feature.StringIndexerModel;
import ml.combust.mleap.core.feature.TokenizerModel;
import ml.combust.mleap.core.feature.VectorAssemblerModel;
import ml.combust.mleap.core.types.DataShape;
import ml.combust.mleap.core.types.NodeShape;
import ml.combust.mleap.core.types.ScalarShape;
import ml.combust.mleap.core.types.StructField;
import ml.combust.mleap.core.types.StructType;
import ml.combust.mleap.core.types.TensorShape;
import ml.combust.mleap.runtime.frame.RowTransformer;
import ml.combust.mleap.runtime.frame.Transformer;
import ml.combust.mleap.runtime.javadsl.LeapFrameBuilder;
import ml.combust.mleap.runtime.transformer.Pipeline;
import ml.combust.mleap.runtime.transformer.PipelineModel;
import ml.combust.mleap.runtime.transformer.classification.LogisticRegression;
import ml.combust.mleap.runtime.transformer.classification.RandomForestClassifier;
import ml.combust.mleap.runtime.transformer.feature.HashingTermFrequency;
import ml.combust.mleap.runtime.transformer.feature.IDF;
import ml.combust.mleap.runtime.transformer.feature.OneHotEncoder;
import ml.combust.mleap.runtime.transformer.feature.StandardScaler;
import ml.combust.mleap.runtime.transformer.feature.StringIndexer;
import ml.combust.mleap.runtime.transformer.feature.Tokenizer;
import ml.combust.mleap.runtime.transformer.feature.VectorAssembler;
import org.apache.spark.ml.classification.DecisionTreeClassificationModel;
import org.apache.spark.ml.classification.RandomForestClassificationModel;
import org.apache.spark.ml.tree.ContinuousSplit;
import org.apache.spark.ml.tree.InternalNode;
import org.apache.spark.ml.tree.LeafNode;
import org.apache.spark.ml.tree.Node;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Scores single rows with MLeap's row transformer, its fastest way, after Spark is gone. MLeap's own conversion of a Spark model
 * is not on Maven Central for any Spark that is supported here, so its transformers are made of the fitted model's numbers.
 */
public final class MleapRows {
    private static final HandleInvalid ERROR = HandleInvalid.fromString("error", false);

    private MleapRows() {}

    /** Arguments: a folder, the pipeline's name, how many calls. */
    public static void main(String[] args) {
        ScoringPipelines pipeline = ScoringPipelines.valueOf(args[1]);
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.warehouse.dir", args[0] + "/warehouse-mleap")
                .getOrCreate();
        org.apache.spark.ml.Transformer[] stages = pipeline.fit(spark).stages();
        List<Object[]> rows = new ArrayList<>();
        for (Row row : ScoringPipelines.table(spark, RowTimes.ROWS).collectAsList()) {
            Object[] values = new Object[pipeline.inputs().length];
            for (int i = 0; i < values.length; i++) {
                values[i] = row.getAs(pipeline.inputs()[i]);
            }
            rows.add(values);
        }
        spark.stop();

        LeapFrameBuilder frames = new LeapFrameBuilder();
        List<StructField> fields = new ArrayList<>();
        for (String name : pipeline.inputs()) {
            boolean isNumber = name.startsWith("x");
            fields.add(frames.createField(name, isNumber ? frames.createDouble() : frames.createString()));
        }
        StructType schema = frames.createSchema(fields);
        List<Transformer> transformers =
                switch (pipeline) {
                    case NUMBERS -> numbers(stages, pipeline.inputs());
                    case FOREST -> forest(stages);
                    case TEXT -> text(stages);
                };
        Transformer transformer = new Pipeline("pipeline", shape(), new PipelineModel(seq(transformers)));
        RowTransformer scorer =
                (RowTransformer) transformer.transform(RowTransformer.apply(schema)).get();
        int prediction = (Integer) scorer.outputSchema().indexOf("prediction").get();
        RowTimes.measure(
                Integer.parseInt(args[2]),
                i -> scorer.transform(frames.createRowFromIterable(Arrays.asList(rows.get(i)))).getDouble(prediction));
    }

    private static List<Transformer> numbers(org.apache.spark.ml.Transformer[] stages, String[] inputs) {
        var scaler = (org.apache.spark.ml.feature.StandardScalerModel) stages[1];
        return List.of(
                assembler("raw", inputs, inputs.length),
                new StandardScaler(
                        "scaler",
                        feature("raw", "features"),
                        new StandardScalerModel(Option.apply(scaler.std()), Option.apply(scaler.mean()))),
                regression((org.apache.spark.ml.classification.LogisticRegressionModel) stages[2]));
    }

    private static List<Transformer> forest(org.apache.spark.ml.Transformer[] stages) {
        var indexer = (org.apache.spark.ml.feature.StringIndexerModel) stages[0];
        var encoder = (org.apache.spark.ml.feature.OneHotEncoderModel) stages[1];
        var forest = (RandomForestClassificationModel) stages[3];
        List<Transformer> transformers = new ArrayList<>();
        String[] columns = {"plan", "city"};
        List<DataShape> shapes = new ArrayList<>();
        NodeShape assembled = shape().withStandardOutput("features");
        int input = 0;
        for (int i = 0; i < columns.length; i++) {
            transformers.add(new StringIndexer(
                    columns[i] + "Indexer",
                    feature(columns[i], columns[i] + "Index"),
                    new StringIndexerModel(seq(Arrays.asList(indexer.labelsArray()[i])), ERROR)));
            int size = encoder.categorySizes()[i];
            transformers.add(new OneHotEncoder(
                    columns[i] + "Encoder",
                    shape()
                            .withInput("input0", columns[i] + "Index")
                            .withOutput("output0", columns[i] + "Vector"),
                    new OneHotEncoderModel(new int[] {size}, ERROR, true)));
            shapes.add(TensorShape.apply(size - 1, seq(List.of())));
            assembled = assembled.withInput("input" + input++, columns[i] + "Vector");
        }
        for (int i = 0; i < 6; i++) {
            shapes.add(ScalarShape.apply(false));
            assembled = assembled.withInput("input" + input++, "x" + i);
        }
        transformers.add(new VectorAssembler("assembler", assembled, new VectorAssemblerModel(seq(shapes))));
        List<DecisionTreeClassifierModel> trees = new ArrayList<>();
        List<Object> weights = new ArrayList<>();
        for (DecisionTreeClassificationModel tree : forest.trees()) {
            trees.add(new DecisionTreeClassifierModel(
                    node(tree.rootNode()), forest.numFeatures(), forest.numClasses(), Option.empty()));
            weights.add(1.0);
        }
        transformers.add(new RandomForestClassifier(
                "forest",
                classifier(),
                new RandomForestClassifierModel(
                        seq(trees), seq(weights), forest.numFeatures(), forest.numClasses(), Option.empty())));
        return transformers;
    }

    private static List<Transformer> text(org.apache.spark.ml.Transformer[] stages) {
        var hashing = (org.apache.spark.ml.feature.HashingTF) stages[1];
        var idf = (org.apache.spark.ml.feature.IDFModel) stages[2];
        return List.of(
                new Tokenizer("tokenizer", feature("text", "words"), new TokenizerModel("\\s")),
                new HashingTermFrequency(
                        "hashing",
                        feature("words", "counts"),
                        new HashingTermFrequencyModel(hashing.getNumFeatures(), false, 2)),
                new IDF("idf", feature("counts", "features"), new IDFModel(idf.idf())),
                regression((org.apache.spark.ml.classification.LogisticRegressionModel) stages[3]));
    }

    private static Transformer assembler(String output, String[] inputs, int count) {
        List<DataShape> shapes = new ArrayList<>();
        NodeShape shape = shape().withStandardOutput(output);
        for (int i = 0; i < count; i++) {
            shapes.add(ScalarShape.apply(false));
            shape = shape.withInput("input" + i, inputs[i]);
        }
        return new VectorAssembler("assembler", shape, new VectorAssemblerModel(seq(shapes)));
    }

    private static Transformer regression(org.apache.spark.ml.classification.LogisticRegressionModel model) {
        return new LogisticRegression(
                "regression",
                classifier(),
                new LogisticRegressionModel(new BinaryLogisticRegressionModel(
                        Vectors.dense(model.coefficients().toArray()), model.intercept(), model.getThreshold())));
    }

    private static ml.combust.mleap.core.tree.Node node(Node node) {
        if (node instanceof LeafNode leaf) {
            return new ml.combust.mleap.core.tree.LeafNode(
                    Vectors.dense(leaf.impurityStats().stats()));
        }
        InternalNode inner = (InternalNode) node;
        ml.combust.mleap.core.tree.Split split;
        if (inner.split() instanceof ContinuousSplit continuous) {
            split = new ml.combust.mleap.core.tree.ContinuousSplit(continuous.featureIndex(), continuous.threshold());
        } else {
            var categorical = (org.apache.spark.ml.tree.CategoricalSplit) inner.split();
            split = new ml.combust.mleap.core.tree.CategoricalSplit(
                    categorical.featureIndex(), categorical.numCategories(), categorical.leftCategories(), true);
        }
        return new ml.combust.mleap.core.tree.InternalNode(node(inner.leftChild()), node(inner.rightChild()), split);
    }

    private static NodeShape feature(String input, String output) {
        return shape().withStandardInput(input).withStandardOutput(output);
    }

    private static NodeShape classifier() {
        return shape()
                .withInput("features", "features")
                .withOutput("raw_prediction", "rawPrediction")
                .withOutput("probability", "probability")
                .withOutput("prediction", "prediction");
    }

    private static NodeShape shape() {
        return NodeShape.apply(seq(List.of()), seq(List.of()));
    }

    private static <T> Seq<T> seq(List<T> values) {
        return JavaConverters.asScalaBuffer(values).toList();
    }
}
