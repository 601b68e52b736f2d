package io.sparkmlflow;

import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.TrackingStore;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What {@link MlflowClient} does with experiments. Every method throws {@link MlflowException} when the store refuses. */
public sealed interface ExperimentCalls permits MlflowClient {

    /** Returns the store that is asked. */
    TrackingStore tracking();

    /** Creates an experiment whose artifacts are where the store puts them; see the longer form. */
    default String createExperiment(String name) {
        return createExperiment(name, null, Map.of());
    }

    /**
     * Creates an experiment.
     *
     * @param artifactLocation where its runs keep artifacts, or {@code null} for the store's default
     * @return the new experiment's id
     * @throws MlflowException with {@code RESOURCE_ALREADY_EXISTS} if the name is taken, also by a deleted experiment
     */
    default String createExperiment(String name, String artifactLocation, Map<String, String> tags) {
        return tracking().createExperiment(name, artifactLocation, tags);
    }

    /** Returns an experiment. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is none of that id. */
    default Experiment getExperiment(String experimentId) {
        return tracking().getExperiment(experimentId);
    }

    /** Returns the experiment of that name, deleted ones included. */
    default Optional<Experiment> getExperimentByName(String name) {
        return tracking().findExperimentByName(name);
    }

    /** Returns the id of the experiment of that name, which is created if it is not there. */
    default String ensureExperiment(String name) {
        Optional<Experiment> known = getExperimentByName(name);
        if (known.isPresent()) {
            return known.get().experimentId();
        }
        try {
            return createExperiment(name);
        } catch (MlflowException e) {
            // Somebody else may have created it in between.
            if (e.errorCode() != ErrorCode.RESOURCE_ALREADY_EXISTS) {
                throw e;
            }
            return getExperimentByName(name).orElseThrow(() -> e).experimentId();
        }
    }

    /** Returns a page of the experiments that a request describes. */
    default Page<Experiment> searchExperiments(SearchExperiments request) {
        return tracking().searchExperiments(request);
    }

    /** Returns all experiments that a request describes, lazily, page after page. */
    default Stream<Experiment> searchAllExperiments(SearchExperiments request) {
        return Paging.all(token -> searchExperiments(request.withPageToken(token)));
    }

    /** Gives an experiment another name. Throws {@code INVALID_STATE} if it is deleted. */
    default void renameExperiment(String experimentId, String newName) {
        tracking().renameExperiment(experimentId, newName);
    }

    /** Sets a tag, replacing one of the same key. */
    default void setExperimentTag(String experimentId, String key, String value) {
        tracking().setExperimentTag(experimentId, key, value);
    }

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the experiment has no such tag. */
    default void deleteExperimentTag(String experimentId, String key) {
        tracking().deleteExperimentTag(experimentId, key);
    }

    /** Marks an experiment and its runs as deleted. */
    default void deleteExperiment(String experimentId) {
        tracking().deleteExperiment(experimentId);
    }

    /** Takes a deletion back. */
    default void restoreExperiment(String experimentId) {
        tracking().restoreExperiment(experimentId);
    }
}
