package io.sparkmlflow.udf;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.DataType;

/**
 * Of which columns a tensor is made.
 *
 * @param name the model's name for the tensor
 * @param type the type of its elements
 * @param shape its shape, -1 where any size will do; the first dimension are the rows
 * @param columns the places of the columns among the call's inputs, in their order in the tensor's row
 * @param types what they are: numbers, or arrays that are parts of the row
 */
record OnnxTensorColumns(String name, OnnxJavaType type, long[] shape, int[] columns, DataType[] types)
        implements Serializable {

    /** Checks that the columns fill a row of the tensor, as far as their types say. */
    static OnnxTensorColumns of(
            String uri, String name, TensorInfo tensor, List<Integer> columns, List<DataType> types) {
        long[] shape = tensor.getShape().clone();
        long width = width(shape);
        boolean arrays = types.stream().anyMatch(type -> type instanceof org.apache.spark.sql.types.ArrayType);
        if (!arrays && width >= 0 && width != columns.size()) {
            throw new ModelExpressionException("The model " + uri + " takes " + width + " numbers as its input " + name
                    + ", but was given " + columns.size() + " columns; give just these, in their order, or one array");
        }
        return new OnnxTensorColumns(
                name,
                tensor.type,
                shape,
                columns.stream().mapToInt(Integer::intValue).toArray(),
                types.toArray(DataType[]::new));
    }

    /** Returns how many elements a row has, -1 if any number. */
    private static long width(long[] shape) {
        long width = 1;
        for (int i = 1; i < shape.length; i++) {
            if (shape[i] < 0) {
                return -1;
            }
            width *= shape[i];
        }
        return width;
    }

    /** Says whether it takes any number of rows. */
    boolean isBatch() {
        return shape.length > 0 && shape[0] < 0;
    }

    /** Returns the shape for rows of so many elements each; null if they can't fill it. */
    long[] shapeOf(int rows, int elements) {
        long[] full = shape.clone();
        long known = 1;
        int open = -1;
        for (int i = 1; i < full.length; i++) {
            if (full[i] < 0 && open >= 0) {
                return null;
            }
            open = full[i] < 0 ? i : open;
            known *= full[i] < 0 ? 1 : full[i];
        }
        if (known == 0 || elements % known != 0 || (open < 0 && elements != known)) {
            return null;
        }
        if (open >= 0) {
            full[open] = elements / known;
        }
        if (full.length > 0) {
            full[0] = rows;
        }
        return full;
    }
}
