package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.classification.MultilayerPerceptronClassificationModel;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** A folded model whose calls are one {@link FusedProgram} each; it is compiled and broadcast at the first call. */
final class FusedModel implements ModelFunction {
    private final SparkSession spark;
    private final FoldedModel folded;
    private final boolean statefulFunctions;
    private final Map<List<String>, Shared> programs = new HashMap<>();

    FusedModel(SparkSession spark, FoldedModel folded, PipelineModel model) {
        this.spark = spark;
        this.folded = folded;
        this.statefulFunctions = statefulFunctions(model);
    }

    /** A program, which of the given columns it reads, and what it gives. */
    private record Shared(SharedProgram program, int[] columns, StructType outputs, boolean filtered) {}

    /**
     * Says whether a model's functions keep something between two rows: the perceptron does, and nobody knows of stages that
     * are not MLlib's.
     */
    static boolean statefulFunctions(PipelineModel model) {
        return StageColumns.of(model).stream()
                .map(StageColumns::stage)
                .anyMatch(stage -> stage instanceof MultilayerPerceptronClassificationModel
                        || !stage.getClass().getName().startsWith("org.apache.spark.ml."));
    }

    @Override
    public Set<String> outputNames() {
        return folded.outputNames();
    }

    @Override
    public String answer() {
        return folded.answer();
    }

    @Override
    public boolean dropsRows() {
        return folded.dropsRows();
    }

    @Override
    public Metadata metadata(String output) {
        return folded.metadata(output);
    }

    /**
     * Takes the prediction out of all outputs, so that a query that asks for both evaluates the model once; but not if other
     * outputs read columns that the prediction does not need.
     */
    @Override
    public Expression prediction(List<Expression> arguments) {
        List<String> all = List.copyOf(outputNames());
        List<String> own = List.of(answer());
        boolean isSameInput = FusedCompiler.columns(folded, own).equals(FusedCompiler.columns(folded, all));
        List<String> outputs = isSameInput ? all : own;
        return new GetStructField(row(outputs, arguments), outputs.indexOf(answer()), Option.apply(answer()));
    }

    @Override
    public Expression struct(List<Expression> arguments) {
        return row(List.copyOf(outputNames()), arguments);
    }

    private ModelRow row(List<String> outputs, List<Expression> arguments) {
        Shared shared = shared(outputs);
        List<Expression> used = new ArrayList<>();
        for (int column : shared.columns()) {
            used.add(arguments.get(column));
        }
        return new ModelRow(shared.program(), shared.outputs(), shared.filtered(), used);
    }

    private synchronized Shared shared(List<String> outputs) {
        Shared known = programs.get(outputs);
        if (known == null) {
            FusedProgram program = FusedCompiler.compile(folded, outputs, statefulFunctions);
            int[] columns = program.inputs().stream()
                    .mapToInt(FusedProgram.Input::column)
                    .toArray();
            known = new Shared(
                    SharedProgram.share(spark, program), columns, program.outputs(), program.filters().length > 0);
            programs.put(outputs, known);
        }
        return known;
    }

    @Override
    public synchronized long bytes() {
        return programs.values().stream()
                .mapToLong(shared -> shared.program().bytes())
                .sum();
    }

    @Override
    public synchronized void release() {
        programs.values().forEach(shared -> shared.program().release());
    }
}
