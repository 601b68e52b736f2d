package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/** What {@code describe_store.py} printed: the runs and the registered models of a store. */
record Tracked(JsonNode json) {
    /** Returns the one run that has no parent. */
    TrackedRun application() {
        List<TrackedRun> roots = runs().stream()
                .filter(run -> !run.tags().containsKey("mlflow.parentRunId"))
                .toList();
        assertThat(roots).as("runs without a parent in %s", json).hasSize(1);
        return roots.get(0);
    }

    /** Returns the one run whose parent is the application's run. */
    TrackedRun fit() {
        String parent = application().id();
        List<TrackedRun> children = runs().stream()
                .filter(run -> parent.equals(run.tags().get("mlflow.parentRunId")))
                .toList();
        assertThat(children).as("children of the application's run in %s", json).hasSize(1);
        return children.get(0);
    }

    /** Returns the one run of that estimator in which a param has that value. */
    TrackedRun fit(String estimator, String param, String value) {
        return only(run -> estimator.equals(run.tags().get("estimator_name"))
                && value.equals(run.params().get(param)));
    }

    /** Returns the one run that meets a condition. */
    TrackedRun only(Predicate<TrackedRun> condition) {
        List<TrackedRun> found = runs().stream().filter(condition).toList();
        assertThat(found).as("the one such run in %s", json).hasSize(1);
        return found.get(0);
    }

    List<TrackedRun> childrenOf(TrackedRun parent) {
        return runs().stream()
                .filter(run -> parent.id().equals(run.tags().get("mlflow.parentRunId")))
                .toList();
    }

    List<TrackedRun> runs() {
        return StreamSupport.stream(json.get("runs").spliterator(), false)
                .map(TrackedRun::new)
                .toList();
    }

    JsonNode modelVersions() {
        return json.get("model_versions");
    }

    JsonNode aliases() {
        return json.get("aliases");
    }

    /** A run as the real MLflow's client sees it. */
    record TrackedRun(JsonNode json) {
        String id() {
            return json.get("run_id").asText();
        }

        String name() {
            return json.get("run_name").asText();
        }

        String status() {
            return json.get("status").asText();
        }

        Map<String, String> params() {
            return strings(json.get("params"));
        }

        Map<String, String> tags() {
            return strings(json.get("tags"));
        }

        Map<String, Double> metrics() {
            Map<String, Double> metrics = new TreeMap<>();
            json.get("metrics")
                    .properties()
                    .forEach(entry ->
                            metrics.put(entry.getKey(), entry.getValue().asDouble()));
            return metrics;
        }

        /** Returns the paths below the run's artifact root, and those of its model under {@code model/}. */
        List<String> artifacts() {
            return StreamSupport.stream(json.get("artifacts").spliterator(), false)
                    .map(JsonNode::asText)
                    .toList();
        }

        /** Returns the run's artifact root, which is a folder here. */
        Path artifactFolder() {
            String uri = json.get("artifact_uri").asText();
            return uri.startsWith("file:") ? Path.of(URI.create(uri)) : Path.of(uri);
        }

        JsonNode datasets() {
            return json.get("datasets");
        }

        private static Map<String, String> strings(JsonNode object) {
            Map<String, String> strings = new TreeMap<>();
            object.properties()
                    .forEach(entry ->
                            strings.put(entry.getKey(), entry.getValue().asText()));
            return strings;
        }
    }
}
