package io.sparkmlflow.artifacts;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.TrackingStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The logged models that name a run as their source. */
final class RunModels {
    /** What the name of a logged model cannot have. */
    private static final Pattern NO_MODEL_NAME = Pattern.compile("[/:.%\"']");

    private static final int PAGE = 50;

    private RunModels() {}

    /** Finds the READY model of a name with the largest step, and of those the newest. */
    static Optional<LoggedModel> find(Run run, String name, TrackingStore tracking) {
        if (name.isEmpty() || NO_MODEL_NAME.matcher(name).find()) {
            return Optional.empty();
        }
        Map<String, Long> steps =
                run.outputs().stream().collect(Collectors.toMap(ModelOutput::modelId, ModelOutput::step, Math::max));
        return madeBy(run, name, tracking).stream()
                .filter(model -> model.status() == LoggedModelStatus.READY)
                .max(Comparator.comparing((LoggedModel model) -> steps.getOrDefault(model.modelId(), Long.MIN_VALUE))
                        .thenComparing(LoggedModel::creationTimestamp));
    }

    private static List<LoggedModel> madeBy(Run run, String name, TrackingStore tracking) {
        SearchLoggedModels search = SearchLoggedModels.in(run.info().experimentId())
                .withFilter("name = '" + name + "' AND source_run_id = '"
                        + run.info().runId() + "'")
                .withMaxResults(PAGE);
        try {
            List<LoggedModel> models = new ArrayList<>();
            String token = null;
            do {
                Page<LoggedModel> page = tracking.searchLoggedModels(search.withPageToken(token));
                models.addAll(page.items());
                token = page.nextPageToken();
            } while (token != null);
            return models;
        } catch (MlflowException e) {
            // A server from before MLflow 3 knows no logged models.
            if (e.errorCode() == ErrorCode.ENDPOINT_NOT_FOUND || e.errorCode() == ErrorCode.NOT_IMPLEMENTED) {
                return List.of();
            }
            throw e;
        }
    }
}
