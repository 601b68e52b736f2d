package io.sparkmlflow;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The logged models that an open run has used and produced, as far as this program knows: a metric of the fluent API belongs to
 * one of them.
 */
final class RunModels {
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final List<ModelOutput> outputs = new CopyOnWriteArrayList<>();

    /** Starts with the models of a run as the store has it. */
    static RunModels of(io.sparkmlflow.entities.Run run) {
        RunModels models = new RunModels();
        run.modelInputs().forEach(input -> models.known.add(input.modelId()));
        models.produced(run.outputs());
        return models;
    }

    void produced(List<ModelOutput> models) {
        models.forEach(model -> known.add(model.modelId()));
        outputs.addAll(models);
    }

    /**
     * Returns a metric with the model that it belongs to: its own, else the active one, else those that the run has produced at
     * the metric's step. A model that is new to the run becomes an input of it.
     *
     * @param activeModel the active model's id, or {@code null}
     */
    List<Metric> belonging(Metric metric, String activeModel, Run run) {
        String modelId = metric.modelId() != null ? metric.modelId() : activeModel;
        if (modelId != null) {
            addInput(modelId, run);
            return List.of(of(metric, modelId));
        }
        List<Metric> ofProduced = outputs.stream()
                .filter(model -> model.step() == metric.step())
                .map(model -> of(metric, model.modelId()))
                .toList();
        return ofProduced.isEmpty() ? List.of(metric) : ofProduced;
    }

    private void addInput(String modelId, Run run) {
        if (!known.contains(modelId)) {
            run.client().logInputs(run.runId(), List.of(), List.of(new ModelInput(modelId)));
            known.add(modelId);
        }
    }

    private static Metric of(Metric metric, String modelId) {
        return new Metric(
                metric.key(),
                metric.value(),
                metric.timestamp(),
                metric.step(),
                modelId,
                metric.datasetName(),
                metric.datasetDigest());
    }
}
