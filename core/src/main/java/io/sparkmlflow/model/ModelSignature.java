package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a model takes and gives.
 *
 * <p>Inputs, and likewise outputs, are all columns or all tensors, and have all a name or all none. Without names there is
 * no optional column and at most one tensor.
 *
 * @param inputs in the order in which positional arguments are given; empty if the model does not say
 * @param outputs empty if the model does not say
 * @param params empty if the model has none
 */
public record ModelSignature(List<ColumnSpec> inputs, List<ColumnSpec> outputs, List<ParamSpec> params) {
    /** Throws {@code INVALID_PARAMETER_VALUE} for what Python would not load. */
    public ModelSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        params = List.copyOf(params);
        check("inputs", inputs);
        check("outputs", outputs);
        Set<String> names = new HashSet<>();
        for (ParamSpec param : params) {
            if (!names.add(param.name())) {
                throw MlflowException.invalidParameter("The signature has two params named '" + param.name() + "'");
            }
        }
    }

    /** Returns the names of the input columns in order; an unnamed column is left out. */
    public List<String> inputNames() {
        return inputs.stream().map(ColumnSpec::name).filter(Objects::nonNull).toList();
    }

    private static void check(String part, List<ColumnSpec> columns) {
        long named = columns.stream().filter(column -> column.name() != null).count();
        long tensors = columns.stream()
                .filter(column -> column.type() instanceof ColumnType.TensorType)
                .count();
        if (named != 0 && named != columns.size()) {
            throw invalid(part, "has columns with and without names: name all or none");
        }
        if (tensors != 0 && tensors != columns.size()) {
            throw invalid(part, "mixes columns and tensors");
        }
        if (named == 0 && tensors > 1) {
            throw invalid(part, "has several tensors without names: name them");
        }
        if (named == 0 && columns.stream().anyMatch(column -> !column.required())) {
            throw invalid(part, "has an optional column without a name: name all, or make it required");
        }
    }

    private static MlflowException invalid(String part, String problem) {
        return MlflowException.invalidParameter("The part '" + part + "' of the signature " + problem);
    }
}
