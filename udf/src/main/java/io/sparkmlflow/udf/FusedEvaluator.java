package io.sparkmlflow.udf;

import org.apache.spark.sql.catalyst.InternalRow;

/** Evaluates a fused model. Public only because the code that Spark generates calls it. */
public final class FusedEvaluator implements ModelEvaluator {
    private final FusedProgram program;
    private final FusedNode[] nodes;
    private final int[] inputs;
    private final int[] filters;
    private final int outputs;

    FusedEvaluator(FusedProgram program, FusedNode[] nodes) {
        this.program = program;
        this.nodes = nodes;
        this.inputs =
                program.inputs().stream().mapToInt(FusedProgram.Input::place).toArray();
        this.filters = program.filters();
        this.outputs = program.outputs().size();
    }

    /** Returns the outputs, computed when they are read; null for a row that {@code transform} drops. */
    @Override
    public InternalRow row(Object[] arguments) {
        FusedRow row = empty();
        for (int i = 0; i < inputs.length; i++) {
            row.give(inputs[i], arguments[i]);
        }
        return kept(row) ? row : null;
    }

    FusedProgram program() {
        return program;
    }

    /** Makes a row that must be given its inputs. */
    FusedRow empty() {
        return new FusedRow(nodes, outputs);
    }

    /** Says whether {@code transform} keeps the row. */
    boolean kept(FusedRow row) {
        for (int filter : filters) {
            if (!Boolean.TRUE.equals(row.value(filter))) {
                return false;
            }
        }
        return true;
    }
}
