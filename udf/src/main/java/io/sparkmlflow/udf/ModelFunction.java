package io.sparkmlflow.udf;

import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.Metadata;

/** A model over inputs of known names and types, ready to be called. */
interface ModelFunction {
    /** Returns the names of the columns that the model adds, in order. */
    Set<String> outputNames();

    /** Returns the column that is the model's prediction, or null if none is. */
    String answer();

    /** Says whether there are rows that {@code transform} drops. */
    boolean dropsRows();

    /** Returns what {@code transform} notes about an output column. */
    Metadata metadata(String output);

    /** Returns the prediction for the given arguments, null for a row that {@code transform} would drop. */
    Expression prediction(List<Expression> arguments);

    /** Returns a struct of all outputs for the given arguments, null for a row that {@code transform} would drop. */
    Expression struct(List<Expression> arguments);

    /** Returns how many bytes it holds for the tasks that call it. */
    long bytes();

    /** Frees what it holds on the executors. It still works afterwards. */
    void release();
}
