import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.ViewType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints the runs of the default experiment as a tree, with what was logged to each, and the registered models.
 *
 * <p>Argument: the tracking URI.
 */
public final class ShowTracked {
    private static final String DEFAULT_EXPERIMENT = "0";

    private ShowTracked() {}

    public static void main(String[] args) {
        try (MlflowClient client = new MlflowClient(args[0])) {
            List<Run> runs = new ArrayList<>(client.tracking()
                    .listRuns(DEFAULT_EXPERIMENT, ViewType.ACTIVE_ONLY, 1000, null)
                    .items());
            runs.sort(Comparator.comparingLong(run -> run.info().startTime()));
            for (Run run : runs) {
                if (!run.data().tags().containsKey(MlflowTags.PARENT_RUN_ID)) {
                    showTree(client, runs, run, "");
                }
            }
            for (RegisteredModel model :
                    client.registry().listRegisteredModels(100, null).items()) {
                show(client, model);
            }
        }
    }

    private static void showTree(MlflowClient client, List<Run> runs, Run listed, String indent) {
        // A listing leaves inputs out, so the run is asked for by its id.
        Run run = client.tracking().getRun(listed.info().runId());
        System.out.printf(
                "%srun %s  %s  %s%n",
                indent, run.info().runName(), run.info().status(), run.info().runId());
        String inner = indent + "  ";
        Map<String, String> metrics = new TreeMap<>();
        run.data().metrics().forEach(metric -> metrics.put(metric.key(), String.valueOf(metric.value())));
        showAll(inner, "params", new TreeMap<>(run.data().params()));
        showAll(inner, "metrics", metrics);
        for (DatasetInput input : run.inputs()) {
            System.out.printf(
                    "%sdata   %s  %s  %s%n",
                    inner,
                    input.dataset().name(),
                    input.tags().getOrDefault(MlflowTags.DATASET_CONTEXT, ""),
                    input.dataset().source());
        }
        if (run.data().tags().containsKey(MlflowTags.LOGGED_MODELS)) {
            System.out.printf("%smodel  %s/model%n", inner, run.info().artifactUri());
        }
        for (Run child : runs) {
            if (run.info().runId().equals(child.data().tags().get(MlflowTags.PARENT_RUN_ID))) {
                showTree(client, runs, child, inner);
            }
        }
    }

    private static void showAll(String indent, String what, Map<String, String> values) {
        if (values.isEmpty()) {
            return;
        }
        System.out.printf("%s%s%n", indent, what);
        values.forEach((key, value) -> {
            if (!value.isEmpty()) {
                System.out.printf("%s  %s = %s%n", indent, key, shortened(value));
            }
        });
    }

    private static void show(MlflowClient client, RegisteredModel model) {
        ModelVersion latest = client.registry().findLatestVersion(model.name()).orElse(null);
        if (latest != null) {
            System.out.printf(
                    "registered model %s  version %d  %s  from run %s%n",
                    model.name(), latest.version(), latest.status(), latest.runId());
        }
    }

    private static String shortened(String value) {
        return value.length() <= 80 ? value : value.substring(0, 79) + "…";
    }
}
