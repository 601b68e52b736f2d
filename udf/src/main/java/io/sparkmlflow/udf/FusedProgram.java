package io.sparkmlflow.udf;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A model as a list of steps over the values of one row. It is immutable and never knows a Spark session: the same object
 * works inside of Spark's tasks and without any Spark.
 *
 * @param nodes the steps; the first are the outputs, in Catalyst's form
 * @param inputs what the model reads
 * @param outputs the names and types of the outputs
 * @param externalOutputs the places of the outputs in the user's form, -1 for a type that {@link FusedValues} doesn't know
 * @param filters places of conditions: a row for which one doesn't hold has no output
 */
record FusedProgram(FusedNode[] nodes, List<Input> inputs, StructType outputs, int[] externalOutputs, int[] filters)
        implements Serializable {
    /**
     * A column that the model reads.
     *
     * @param column its place among the columns that the model was folded for
     * @param field its name in the model, and its type
     * @param place where its value in Catalyst's form goes
     * @param externalPlace where its value in the user's form may go instead; -1 if it may not
     */
    record Input(int column, StructField field, int place, int externalPlace) implements Serializable {}

    /** Makes what evaluates rows. It is for one thread at a time, unless the program is {@link #stateless}. */
    FusedEvaluator evaluator() {
        FusedNode[] own = new FusedNode[nodes.length];
        for (int i = 0; i < own.length; i++) {
            own[i] = nodes[i].stateful() ? nodes[i] : null;
        }
        own = stateless() ? own : Serialized.copy(own);
        for (int i = 0; i < own.length; i++) {
            own[i] = own[i] == null ? nodes[i] : own[i];
        }
        return new FusedEvaluator(this, own);
    }

    /** Says whether one evaluator serves all threads. */
    boolean stateless() {
        for (FusedNode node : nodes) {
            if (node.stateful()) {
                return false;
            }
        }
        return true;
    }
}
