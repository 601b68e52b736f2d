package io.sparkmlflow.store.file;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunData;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes experiments, runs and logged models of their folders. */
final class Entities {
    private static final String TAGS = "tags";

    private Entities() {}

    /** Reads an experiment; empty if the folder is none. Where the folder lies says whether it is deleted. */
    static Optional<Experiment> experiment(Path folder, LifecycleStage stage) {
        return Meta.find(folder)
                .filter(meta -> folder.getFileName().toString().equals(meta.text("experiment_id")))
                .map(meta -> new Experiment(
                        meta.text("experiment_id"),
                        meta.text("name", ""),
                        meta.text("artifact_location"),
                        stage,
                        meta.number("creation_time", 0),
                        meta.number("last_update_time", 0),
                        StoreFolders.texts(folder.resolve(TAGS))));
    }

    // ---- runs ----

    /** Reads what a run's own file says; empty if the folder is no run. */
    static Optional<RunInfo> runInfo(Path folder) {
        return Meta.find(folder).map(meta -> {
            String name = meta.text("run_name", "");
            return new RunInfo(
                    folder.getFileName().toString(),
                    name.isEmpty()
                            ? StoreFolders.text(folder.resolve(TAGS).resolve(MlflowTags.RUN_NAME))
                                    .orElse("")
                            : name,
                    meta.text("experiment_id"),
                    meta.text("user_id", ""),
                    runStatus(meta),
                    meta.number("start_time", 0),
                    meta.number("end_time"),
                    stage(meta),
                    meta.text("artifact_uri"));
        });
    }

    /** Reads the rest of a run. */
    static Run run(Path folder, RunInfo info) {
        return new Run(
                info,
                new RunData(
                        MetricFiles.latest(folder.resolve("metrics")),
                        StoreFolders.texts(folder.resolve("params")),
                        StoreFolders.texts(folder.resolve(TAGS))),
                inputs(folder),
                modelInputs(folder),
                outputs(folder));
    }

    private static RunStatus runStatus(Meta meta) {
        String status = meta.text("status", "1");
        return switch (status) {
            case "1" -> RunStatus.RUNNING;
            case "2" -> RunStatus.SCHEDULED;
            case "3" -> RunStatus.FINISHED;
            case "4" -> RunStatus.FAILED;
            case "5" -> RunStatus.KILLED;
            default -> throw unknown(meta, "status", status);
        };
    }

    private static LifecycleStage stage(Meta meta) {
        String stage = meta.text("lifecycle_stage", LifecycleStage.ACTIVE.wireName());
        try {
            return LifecycleStage.fromWireName(stage);
        } catch (IllegalArgumentException e) {
            throw unknown(meta, "lifecycle_stage", stage);
        }
    }

    private static MlflowException unknown(Meta meta, String key, String value) {
        return new MlflowException(
                ErrorCode.INTERNAL_ERROR, "The file " + meta.file() + " has an unknown " + key + " '" + value + "'");
    }

    private static List<DatasetInput> inputs(Path folder) {
        Path datasets = folder.resolveSibling("datasets");
        List<DatasetInput> inputs = new ArrayList<>();
        for (Path input : StoreFolders.in(folder.resolve("inputs"))) {
            Meta.find(input)
                    .filter(meta -> "DATASET".equals(meta.text("source_type")))
                    .filter(meta -> StoreFolders.isId(meta.text("source_id")))
                    .flatMap(meta -> Meta.find(datasets.resolve(meta.text("source_id")))
                            .map(dataset -> new DatasetInput(dataset(dataset), meta.texts(TAGS))))
                    .ifPresent(inputs::add);
        }
        inputs.sort(Comparator.comparing((DatasetInput input) -> input.dataset().name())
                .thenComparing(input -> input.dataset().digest()));
        return inputs;
    }

    private static Dataset dataset(Meta meta) {
        return new Dataset(
                meta.text("name", ""),
                meta.text("digest", ""),
                meta.text("source_type"),
                meta.text("source"),
                meta.text("schema"),
                meta.text("profile"));
    }

    /** In files the edge leads from the model to the run; in a database it is the other way round. */
    private static List<ModelInput> modelInputs(Path folder) {
        List<ModelInput> inputs = new ArrayList<>();
        for (Path input : StoreFolders.in(folder.resolve("inputs"))) {
            Meta.find(input)
                    .filter(meta -> "MODEL".equals(meta.text("source_type")))
                    .filter(meta -> meta.text("source_id") != null)
                    .map(meta -> new ModelInput(meta.text("source_id")))
                    .ifPresent(inputs::add);
        }
        inputs.sort(Comparator.comparing(ModelInput::modelId));
        return inputs;
    }

    private static List<ModelOutput> outputs(Path folder) {
        List<ModelOutput> outputs = new ArrayList<>();
        for (Path output : StoreFolders.in(folder.resolve("outputs"))) {
            Meta.find(output)
                    .filter(meta -> "MODEL_OUTPUT".equals(meta.text("destination_type")))
                    .map(meta -> new ModelOutput(meta.text("destination_id"), meta.number("step", 0)))
                    .ifPresent(outputs::add);
        }
        outputs.sort(Comparator.comparingLong(ModelOutput::step).thenComparing(ModelOutput::modelId));
        return outputs;
    }

    // ---- logged models ----

    /** Reads a logged model; empty if the folder is none, or the model is deleted. */
    static Optional<LoggedModel> loggedModel(Path folder) {
        return Meta.find(folder)
                .filter(meta -> stage(meta) == LifecycleStage.ACTIVE)
                .map(meta -> {
                    String modelId = folder.getFileName().toString();
                    Map<String, String> params = StoreFolders.texts(folder.resolve("params"));
                    return new LoggedModel(
                            modelId,
                            meta.text("experiment_id"),
                            meta.text("name", ""),
                            meta.text("artifact_location"),
                            meta.number("creation_timestamp", 0),
                            meta.number("last_updated_timestamp", 0),
                            modelStatus(meta),
                            meta.text("model_type"),
                            meta.text("source_run_id"),
                            meta.text("status_message"),
                            params,
                            StoreFolders.texts(folder.resolve(TAGS)),
                            MetricFiles.ofModel(folder.resolve("metrics"), modelId));
                });
    }

    private static LoggedModelStatus modelStatus(Meta meta) {
        long code = meta.number("status", LoggedModelStatus.READY.code());
        for (LoggedModelStatus status : LoggedModelStatus.values()) {
            if (status.code() == code) {
                return status;
            }
        }
        throw unknown(meta, "status", Long.toString(code));
    }
}
