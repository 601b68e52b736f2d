package io.sparkmlflow.entities;

import java.util.List;

/**
 * A run with what was logged to it.
 *
 * @param inputs the datasets that it used
 * @param modelInputs the logged models that it used
 * @param outputs the logged models that it produced
 */
public record Run(
        RunInfo info,
        RunData data,
        List<DatasetInput> inputs,
        List<ModelInput> modelInputs,
        List<ModelOutput> outputs) {
    public Run {
        inputs = List.copyOf(inputs);
        modelInputs = List.copyOf(modelInputs);
        outputs = List.copyOf(outputs);
    }
}
