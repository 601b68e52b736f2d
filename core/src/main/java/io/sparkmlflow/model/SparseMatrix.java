package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * SciPy's compressed matrix in an input example: {@code values[i]} lies at the index {@code indices[i]} of the row (or
 * column) {@code k} with {@code starts[k] <= i < starts[k + 1]}.
 */
record SparseMatrix(List<?> values, int[] indices, int[] starts, int rows, int columns, boolean byRows) {
    private static final int MAX_CELLS = 1_000_000;

    /** Throws {@code INVALID_PARAMETER_VALUE} if the parts are missing or do not fit together. */
    static SparseMatrix of(Object data, boolean byRows) {
        if (!(data instanceof Map<?, ?> parts && parts.get("data") instanceof List<?> values)) {
            throw invalid("must be an object of the lists 'data', 'indices', 'indptr' and 'shape'", data);
        }
        int[] indices = integers(parts, "indices");
        int[] starts = integers(parts, "indptr");
        int[] shape = integers(parts, "shape");
        if (shape.length != 2 || shape[0] < 0 || shape[1] < 0) {
            throw invalid("must have a 'shape' of two sizes", data);
        }
        if (indices.length != values.size() || starts.length != shape[byRows ? 0 : 1] + 1) {
            throw invalid("has lists that do not fit together", data);
        }
        for (int i = 0; i + 1 < starts.length; i++) {
            if (starts[i] < 0 || starts[i] > starts[i + 1] || starts[i + 1] > indices.length) {
                throw invalid("has an 'indptr' that does not rise to the number of values", data);
            }
        }
        for (int index : indices) {
            if (index < 0 || index >= shape[byRows ? 1 : 0]) {
                throw invalid("has the index " + index + " outside its shape", data);
            }
        }
        return new SparseMatrix(values, indices, starts, shape[0], shape[1], byRows);
    }

    /** Returns all rows with their zeros. Throws {@code INVALID_PARAMETER_VALUE} if that is too much for an example. */
    List<List<Object>> dense() {
        if ((long) rows * columns > MAX_CELLS) {
            throw MlflowException.invalidParameter("An input example of " + rows + " by " + columns
                    + " cells is too large: give a matrix of at most " + MAX_CELLS + " cells");
        }
        Object zero = values.stream().anyMatch(value -> value instanceof Double) ? (Object) 0.0 : (Object) 0;
        List<List<Object>> dense = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            dense.add(new ArrayList<>(Collections.nCopies(columns, zero)));
        }
        for (int major = 0; major + 1 < starts.length; major++) {
            for (int i = starts[major]; i < starts[major + 1]; i++) {
                int row = byRows ? major : indices[i];
                int column = byRows ? indices[i] : major;
                dense.get(row).set(column, values.get(i));
            }
        }
        return dense;
    }

    private static int[] integers(Map<?, ?> parts, String key) {
        if (!(parts.get(key) instanceof List<?> list && list.stream().allMatch(Integer.class::isInstance))) {
            throw invalid("must have a list of integers '" + key + "'", parts);
        }
        return list.stream().mapToInt(value -> (Integer) value).toArray();
    }

    private static MlflowException invalid(String problem, Object data) {
        return MlflowException.invalidParameter(
                "A sparse input example " + problem + ", but is: " + PythonJson.shortened(data));
    }
}
