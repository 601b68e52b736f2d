package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The runs of a store, read once. */
record StoredRuns(String store, List<Run> runs) {
    private static final String PARENT = "mlflow.parentRunId";

    static StoredRuns read(String store) {
        try (MlflowClient client = new MlflowClient(store)) {
            return new StoredRuns(
                    store, client.tracking().searchRuns(SearchRuns.in("0")).items());
        }
    }

    /** Returns the one run without a parent that has the application's name. */
    Run application(String name) {
        return only(run ->
                !run.data().tags().containsKey(PARENT) && name.equals(run.info().runName()));
    }

    List<Run> childrenOf(Run parent) {
        return where(run -> parent.info().runId().equals(run.data().tags().get(PARENT)));
    }

    /** Returns the one run of that estimator in which a param has that value. */
    Run fit(String estimator, String param, String value) {
        return only(run -> estimator.equals(run.data().tags().get("estimator_name"))
                && value.equals(run.data().params().get(param)));
    }

    List<Run> where(Predicate<Run> condition) {
        return runs.stream().filter(condition).toList();
    }

    Run only(Predicate<Run> condition) {
        List<Run> found = where(condition);
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    List<Metric> history(Run run, String metric) {
        try (MlflowClient client = new MlflowClient(store)) {
            return client.tracking()
                    .getMetricHistory(run.info().runId(), metric, 1000, null)
                    .items();
        }
    }

    static Map<String, Double> metrics(Run run) {
        Map<String, Double> metrics = new TreeMap<>();
        run.data().metrics().forEach(metric -> metrics.put(metric.key(), metric.value()));
        return metrics;
    }

    static String artifact(Run run, String name) {
        try {
            return Files.readString(Path.of(run.info().artifactUri()).resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
