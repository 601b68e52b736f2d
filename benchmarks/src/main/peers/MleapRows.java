package io.sparkmlflow.benchmarks;

import java.nio.file.Path;
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
import ml.combust.mleap.core.tree.CategoricalSplit;
import ml.combust.mleap.core.tree.ContinuousSplit;
import ml.combust.mleap.core.tree.InternalNode;
import ml.combust.mleap.core.tree.LeafNode;
import ml.combust.mleap.core.tree.Node;
import ml.combust.mleap.core.tree.Split;
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
import org.apache.spark.ml.linalg.Vectors;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Scores single rows with MLeap's row transformer, its fastest way, on MLeap's own class path. MLeap's own conversion of a Spark
 * model is not on Maven Central for any Spark that is supported here, so its transformers are made of the fitted model's numbers.
 */
public final class MleapRows {
    private static final HandleInvalid ERROR = HandleInvalid.fromString("error", false);

    private MleapRows() {}

    /** Arguments: the pipeline and its rows, how many calls. */
    public static void main(String[] args) throws Exception {
        PlainPipeline pipeline = PlainPipeline.read(Path.of(args[0]));
        LeapFrameBuilder frames = new LeapFrameBuilder();
        List<StructField> fields = new ArrayList<>();
        for (int i = 0; i < pipeline.inputs().length; i++) {
            boolean isNumber = pipeline.rows()[0][i] instanceof Double;
            fields.add(frames.createField(
                    pipeline.inputs()[i], isNumber ? frames.createDouble() : frames.createString()));
        }
        StructType schema = frames.createSchema(fields);
        List<Transformer> transformers;
        if (pipeline.stages() instanceof PlainPipeline.Numbers numbers) {
            transformers = numbers(numbers, pipeline.inputs());
        } else if (pipeline.stages() instanceof PlainPipeline.Forest forest) {
            transformers = forest(forest);
        } else {
            transformers = text((PlainPipeline.Text) pipeline.stages());
        }
        Transformer transformer = new Pipeline("pipeline", shape(), new PipelineModel(seq(transformers)));
        RowTransformer scorer =
                (RowTransformer) transformer.transform(RowTransformer.apply(schema)).get();
        int prediction = (Integer) scorer.outputSchema().indexOf("prediction").get();
        RowTimes.measure(
                Integer.parseInt(args[1]),
                i -> scorer.transform(frames.createRowFromIterable(Arrays.asList(pipeline.rows()[i])))
                        .getDouble(prediction));
    }

    private static List<Transformer> numbers(PlainPipeline.Numbers numbers, String[] inputs) {
        return List.of(
                assembler("raw", inputs, inputs.length),
                new StandardScaler(
                        "scaler",
                        feature("raw", "features"),
                        new StandardScalerModel(
                                Option.apply(Vectors.dense(numbers.std())),
                                Option.apply(Vectors.dense(numbers.mean())))),
                regression(numbers.regression()));
    }

    private static List<Transformer> forest(PlainPipeline.Forest forest) {
        List<Transformer> transformers = new ArrayList<>();
        String[] columns = {"plan", "city"};
        List<DataShape> shapes = new ArrayList<>();
        NodeShape assembled = shape().withStandardOutput("features");
        int input = 0;
        for (int i = 0; i < columns.length; i++) {
            transformers.add(new StringIndexer(
                    columns[i] + "Indexer",
                    feature(columns[i], columns[i] + "Index"),
                    new StringIndexerModel(seq(Arrays.asList(forest.labels()[i])), ERROR)));
            int size = forest.categories()[i];
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
        for (PlainPipeline.Node tree : forest.trees()) {
            trees.add(new DecisionTreeClassifierModel(
                    node(tree), forest.features(), forest.classes(), Option.empty()));
            weights.add(1.0);
        }
        transformers.add(new RandomForestClassifier(
                "forest",
                classifier(),
                new RandomForestClassifierModel(
                        seq(trees), seq(weights), forest.features(), forest.classes(), Option.empty())));
        return transformers;
    }

    private static List<Transformer> text(PlainPipeline.Text text) {
        return List.of(
                new Tokenizer("tokenizer", feature("text", "words"), new TokenizerModel("\\s")),
                new HashingTermFrequency(
                        "hashing",
                        feature("words", "counts"),
                        new HashingTermFrequencyModel(text.buckets(), false, 2)),
                new IDF("idf", feature("counts", "features"), new IDFModel(Vectors.dense(text.idf()))),
                regression(text.regression()));
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

    private static Transformer regression(PlainPipeline.Regression model) {
        return new LogisticRegression(
                "regression",
                classifier(),
                new LogisticRegressionModel(new BinaryLogisticRegressionModel(
                        Vectors.dense(model.coefficients()), model.intercept(), model.threshold())));
    }

    private static Node node(PlainPipeline.Node node) {
        if (node.counts() != null) {
            return new LeafNode(Vectors.dense(node.counts()));
        }
        Split split = node.left() == null
                ? new ContinuousSplit(node.feature(), node.threshold())
                : new CategoricalSplit(node.feature(), node.categories(), node.left(), true);
        return new InternalNode(node(node.yes()), node(node.no()), split);
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
