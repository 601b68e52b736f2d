package io.sparkmlflow.udf;

import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.spark.SparkContext$;
import org.apache.spark.SparkException;
import org.apache.spark.ml.clustering.GaussianMixtureModel;
import org.apache.spark.ml.linalg.Matrices;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.stat.distribution.MultivariateGaussian;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/**
 * A model that scores single rows without Spark. Safe for use by several threads. {@link io.sparkmlflow.RowScorer} is its
 * face.
 */
public final class RowModel {
    private final String uri;
    private final StructType inputs;
    private final String answer;
    private final Part prediction;
    private final Part all;

    /** A program, and who evaluates it in the calling thread. */
    private record Part(FusedProgram program, Supplier<FusedEvaluator> evaluator) {
        static Part of(FusedProgram compiled) {
            // Read back, it refers neither to the session nor to a broadcast.
            FusedProgram program = Serialized.copy(compiled);
            if (program.stateless()) {
                FusedEvaluator evaluator = program.evaluator();
                return new Part(program, () -> evaluator);
            }
            return new Part(program, ThreadLocal.withInitial(program::evaluator)::get);
        }
    }

    private RowModel(String uri, StructType inputs, String answer, Part prediction, Part all) {
        this.uri = uri;
        this.inputs = inputs;
        this.answer = answer;
        this.prediction = prediction;
        this.all = all;
    }

    /**
     * Loads a model. If no Spark runs in this process, one runs meanwhile.
     *
     * @param inputs the model's input columns; null for those of its signature
     * @throws ModelExpressionException if the model can't be loaded, is no function of one row, or doesn't take the inputs
     */
    public static RowModel load(ModelSource source, String uri, StructType inputs) {
        Option<SparkSession> active = SparkSession.getActiveSession().orElse(SparkSession::getDefaultSession);
        if (active.isDefined() && !active.get().sparkContext().isStopped()) {
            return load(active.get(), source, uri, inputs);
        }
        boolean foreign = SparkContext$.MODULE$.getActive().isDefined();
        SparkSession session = SparkSession.builder()
                .master("local[1]")
                .appName("spark-mlflow loads " + uri)
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
        try {
            return load(session, source, uri, inputs);
        } finally {
            if (!foreign) {
                session.stop();
                SparkSession.clearActiveSession();
                SparkSession.clearDefaultSession();
            }
        }
    }

    private static RowModel load(SparkSession spark, ModelSource source, String uri, StructType given) {
        LoadedModel model = model(spark, source, uri);
        if (model.runtime() != null) {
            throw new ModelExpressionException(
                    "The model " + uri + " is not one of MLlib (it has no flavor 'spark'), and"
                            + " rows can't be scored without Spark with others; use mlflow_predict, or MlflowSpark.predictFunction");
        }
        StructType inputs = given == null ? model.inputTypes() : given;
        if (inputs == null) {
            throw new ModelExpressionException("The model " + uri
                    + " has no signature that says the types of its inputs; give them, such as 'age INT, city STRING'");
        }
        FoldedModel all = PipelineFolder.fold(spark, model, inputs);
        FoldedModel folded = ModelCache.isOn(spark, Setting.FAST_FUNCTIONS) ? all : all.withoutFastForms();
        if (StageColumns.of(model.model()).stream()
                .anyMatch(column -> column.stage() instanceof GaussianMixtureModel)) {
            startLapack();
        }
        boolean stateful = FusedModel.statefulFunctions(model.model());
        String answer = folded.outputs().containsKey(folded.answer()) ? folded.answer() : null;
        IntFunction<Part> part = count -> Part.of(FusedCompiler.compile(
                folded, count == 1 ? List.of(answer) : List.copyOf(folded.outputNames()), stateful));
        return new RowModel(uri, inputs, answer, answer == null ? null : part.apply(1), part.apply(2));
    }

    /**
     * Lets one thread find out the machine's precision before several use it: the Java LAPACK that Spark falls back to keeps it
     * in static fields without a lock, and a second thread that comes meanwhile may never return (SPARK-59618).
     */
    private static void startLapack() {
        new MultivariateGaussian(Vectors.dense(0, 0), Matrices.eye(2)).logpdf(Vectors.dense(0, 0));
    }

    private static LoadedModel model(SparkSession spark, ModelSource source, String uri) {
        try {
            return resolved(spark, source, uri);
        } catch (IOException | AnalysisException | RuntimeException e) {
            throw new ModelExpressionException(
                    "The model " + uri + " can't be loaded: " + PipelineFolder.firstLine(e), e);
        }
    }

    @SuppressWarnings("RedundantThrows") // Scala throws Spark's checked exception without a word.
    private static LoadedModel resolved(SparkSession spark, ModelSource source, String uri)
            throws IOException, AnalysisException {
        return source.load(spark, source.resolve(spark, uri)).calledBy(uri);
    }

    /** Returns the columns that rows have, in the order of rows that are lists. */
    public StructType inputs() {
        return inputs;
    }

    /** Returns the names of the columns that the model adds. */
    public List<String> outputNames() {
        return List.of(all.program().outputs().fieldNames());
    }

    /** Where the values of a row come from. */
    public interface Values {
        /**
         * Returns the value of an input.
         *
         * @param column its place among the {@link #inputs}
         * @param name its name
         * @throws ModelExpressionException if the row doesn't have it
         */
        Object value(int column, String name);
    }

    /** Returns the prediction, null for a row that {@code transform} drops. */
    public Object predict(Values values) {
        if (prediction == null) {
            throw new ModelExpressionException("The model " + uri + " has no single prediction, its outputs are "
                    + outputNames() + "; ask for all of them with score");
        }
        return evaluate(prediction, values, (evaluator, row) -> output(evaluator.program(), row, 0));
    }

    /** Returns all outputs by their names, null for a row that {@code transform} drops. */
    public Map<String, Object> score(Values values) {
        return evaluate(all, values, RowModel::outputs);
    }

    /** What is wanted of a row that is kept. */
    private interface Wanted<T> {
        T of(FusedEvaluator evaluator, FusedRow row);
    }

    private <T> T evaluate(Part part, Values values, Wanted<T> wanted) {
        FusedEvaluator evaluator = part.evaluator().get();
        FusedRow row = evaluator.empty();
        for (FusedProgram.Input input : part.program().inputs()) {
            give(
                    row,
                    input,
                    values.value(input.column(), inputs.apply(input.column()).name()));
        }
        try {
            return kept(evaluator, row) ? wanted.of(evaluator, row) : null;
        } catch (SparkException | RuntimeException e) {
            throw new ModelExpressionException(
                    "The model " + uri + " can't score this row: " + PipelineFolder.firstLine(e), e);
        }
    }

    @SuppressWarnings("RedundantThrows") // Scala throws Spark's checked exception without a word.
    private static boolean kept(FusedEvaluator evaluator, FusedRow row) throws SparkException {
        return evaluator.kept(row);
    }

    private void give(FusedRow row, FusedProgram.Input input, Object value) {
        try {
            Object external = RowValues.convert(value, input.field().dataType());
            if (input.externalPlace() >= 0) {
                row.give(input.externalPlace(), external);
            } else {
                row.give(
                        input.place(),
                        RowValues.toCatalyst(external, input.field().dataType()));
            }
        } catch (IllegalArgumentException | ClassCastException | java.time.DateTimeException e) {
            throw new ModelExpressionException("The model " + uri + " can't take the value of the column "
                    + inputs.apply(input.column()).name() + ": " + e.getMessage());
        }
    }

    private static Map<String, Object> outputs(FusedEvaluator evaluator, FusedRow row) {
        FusedProgram program = evaluator.program();
        Map<String, Object> outputs = new LinkedHashMap<>();
        for (int i = 0; i < program.outputs().size(); i++) {
            outputs.put(program.outputs().apply(i).name(), output(program, row, i));
        }
        return outputs;
    }

    private static Object output(FusedProgram program, FusedRow row, int place) {
        int external = program.externalOutputs()[place];
        return external >= 0
                ? RowValues.java(row.value(external))
                : RowValues.fromCatalyst(
                        row.value(place), program.outputs().apply(place).dataType());
    }

    /** Makes the message of a row that doesn't have a column. */
    public ModelExpressionException missing(String name, List<String> given) {
        List<String> needed = new ArrayList<>(Arrays.asList(inputs.fieldNames()));
        needed.removeAll(given);
        return new ModelExpressionException("The model " + uri + " needs the column " + name
                + ", which the row doesn't give; given: " + given + "; not given: " + needed);
    }
}
