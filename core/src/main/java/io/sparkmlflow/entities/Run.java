package io.sparkmlflow.entities;

import java.util.List;

/**
 * A run with what was logged to it.
 *
 * @param inputs the datasets that it used
 * @param outputs the logged models that it produced
 */
public record Run(RunInfo info, RunData data, List<DatasetInput> inputs, List<ModelOutput> outputs) {
    public Run {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
