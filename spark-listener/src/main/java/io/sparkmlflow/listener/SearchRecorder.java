package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import java.util.ArrayList;
import java.util.List;

/** Writes what a search found, where Python's autolog writes it. */
final class SearchRecorder {
    private SearchRecorder() {}

    /**
     * Writes a nested run for each candidate, and the best one's params and the table to the search's run.
     *
     * @param startTime when the search began, in milliseconds since the epoch
     * @param endTime when it ended
     * @param done the candidates' runs that were made before the store failed; grows
     */
    static void record(
            RunWriter runs, RunInfo search, long startTime, long endTime, SearchResult result, List<RunInfo> done) {
        for (int i = 0; i < result.candidates().size(); i++) {
            SearchResult.Tried candidate = result.candidates().get(i);
            if (i == done.size()) {
                done.add(runs.createFit(search, null, startTime, RunWriter.estimatorTags(candidate.estimator())));
            }
            RunInfo run = done.get(i);
            runs.logParams(run, candidate.estimator().params());
            List<Metric> metrics = new ArrayList<>();
            candidate.metrics().forEach((name, value) -> metrics.add(new Metric(name, value, endTime, 0)));
            runs.logMetrics(run, metrics);
            runs.end(run, RunStatus.FINISHED, endTime);
        }
        runs.logText(search, "search_results.csv", result.csv());
        runs.logText(search, "best_parameters.json", result.bestParametersJson());
        runs.logParams(search, result.bestParams());
    }
}
