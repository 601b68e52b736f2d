package io.sparkmlflow.model;

import java.util.List;

/**
 * What a model takes and gives.
 *
 * @param inputs in the order in which positional arguments are given
 * @param outputs empty if the model does not say
 * @param params empty if the model has none
 */
public record ModelSignature(List<ColumnSpec> inputs, List<ColumnSpec> outputs, List<ParamSpec> params) {
    public ModelSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        params = List.copyOf(params);
    }

    /** Returns the names of the input columns in order; an unnamed column is left out. */
    public List<String> inputNames() {
        return inputs.stream()
                .map(ColumnSpec::name)
                .filter(java.util.Objects::nonNull)
                .toList();
    }
}
