package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Reads what a real server once answered, and sends what a real server once took. */
class RecordedServerTest {
    @TestFactory
    Stream<DynamicTest> readsEveryAnswer() throws IOException {
        return Recordings.all().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> readsAnswer(entry.getValue().path("response"))));
    }

    private static void readsAnswer(JsonNode response) {
        int status = response.path("status").asInt();
        JsonNode body = response.path("body");
        if (status < 400) {
            NOUNS.forEach((noun, reader) -> {
                JsonNode found = body.path(noun);
                if (found.isArray()) {
                    found.forEach(item -> reader.accept(item, body));
                } else if (found.isObject()) {
                    reader.accept(found, body);
                }
            });
            return;
        }
        String text = Recordings.body(response);
        Answer answer = new Answer(
                status, HttpHeaders.of(Map.of(), (key, value) -> true), text.getBytes(StandardCharsets.UTF_8));
        MlflowException error = ErrorAnswers.toException(answer, "POST http://host/x");
        if (body.has("error_code")) {
            assertThat(error.errorCode().name())
                    .isEqualTo(body.path("error_code").asText());
            assertThat(error.errorCode().httpStatus()).isEqualTo(status);
            assertThat(error).hasMessage(body.path("message").asText());
        } else {
            String start = text.strip().replaceAll("\\s+", " ");
            assertThat(error).hasMessageContaining(start).hasMessageContaining("http://host/x");
        }
    }

    private static final Map<String, BiConsumer<JsonNode, JsonNode>> NOUNS = Map.ofEntries(
            Map.entry("experiment", RecordedServerTest::experiment),
            Map.entry("experiments", RecordedServerTest::experiment),
            Map.entry("run", RecordedServerTest::run),
            Map.entry("runs", RecordedServerTest::run),
            Map.entry("run_info", (node, body) -> runInfo(RunJson.infoFromJson(node), node)),
            Map.entry("metrics", (node, body) -> metric(MetricJson.fromJson(node), node)),
            Map.entry("model", RecordedServerTest::loggedModel),
            Map.entry("models", RecordedServerTest::loggedModel),
            Map.entry("registered_model", RecordedServerTest::registeredModel),
            Map.entry("registered_models", RecordedServerTest::registeredModel),
            Map.entry("model_version", (node, body) -> version(ModelVersionJson.fromJson(node), node)),
            Map.entry("model_versions", (node, body) -> version(ModelVersionJson.fromJson(node), node)));

    private static void experiment(JsonNode node, JsonNode body) {
        Experiment experiment = ExperimentJson.fromJson(node);
        assertThat(experiment.experimentId())
                .isEqualTo(node.path("experiment_id").asText());
        assertThat(experiment.name()).isEqualTo(node.path("name").asText());
        assertThat(experiment.artifactLocation())
                .isEqualTo(node.path("artifact_location").asText());
        assertThat(experiment.lifecycleStage().wireName())
                .isEqualTo(node.path("lifecycle_stage").asText());
        assertThat(experiment.creationTime())
                .isEqualTo(node.path("creation_time").asLong());
        assertThat(experiment.lastUpdateTime())
                .isEqualTo(node.path("last_update_time").asLong());
        assertThat(experiment.tags()).isEqualTo(map(node.path("tags")));
    }

    private static void run(JsonNode node, JsonNode body) {
        Run run = RunJson.fromJson(node);
        runInfo(run.info(), node.path("info"));
        JsonNode data = node.path("data");
        assertThat(run.data().params()).isEqualTo(map(data.path("params")));
        assertThat(run.data().tags()).isEqualTo(map(data.path("tags")));
        assertThat(run.data().metrics()).hasSize(data.path("metrics").size());
        for (int i = 0; i < run.data().metrics().size(); i++) {
            metric(run.data().metrics().get(i), data.path("metrics").path(i));
        }
        JsonNode datasets = node.path("inputs").path("dataset_inputs");
        assertThat(run.inputs()).hasSize(datasets.size());
        for (int i = 0; i < run.inputs().size(); i++) {
            DatasetInput input = run.inputs().get(i);
            assertThat(input.tags()).isEqualTo(map(datasets.path(i).path("tags")));
            assertThat(input.dataset().digest())
                    .isEqualTo(datasets.path(i).path("dataset").path("digest").asText());
        }
        assertThat(run.outputs())
                .hasSize(node.path("outputs").path("model_outputs").size());
    }

    private static void runInfo(RunInfo info, JsonNode node) {
        assertThat(info.runId()).isEqualTo(node.path("run_id").asText());
        assertThat(info.runName()).isEqualTo(node.path("run_name").asText());
        assertThat(info.status())
                .isEqualTo(RunStatus.valueOf(node.path("status").asText()));
        assertThat(info.startTime()).isEqualTo(node.path("start_time").asLong());
        assertThat(info.endTime())
                .isEqualTo(node.has("end_time") ? node.path("end_time").asLong() : null);
        assertThat(info.artifactUri()).isEqualTo(node.path("artifact_uri").asText());
        assertThat(info.userId()).isEqualTo(node.path("user_id").asText());
    }

    private static void metric(Metric metric, JsonNode node) {
        double expected = Double.parseDouble(node.path("value").asText());
        assertThat(metric.value()).isEqualTo(Double.valueOf(expected));
        assertThat(metric.key()).isEqualTo(node.path("key").asText());
        assertThat(metric.timestamp()).isEqualTo(node.path("timestamp").asLong());
        assertThat(metric.step()).isEqualTo(node.path("step").asLong());
    }

    private static void loggedModel(JsonNode node, JsonNode body) {
        LoggedModel model = LoggedModelJson.fromJson(node);
        JsonNode info = node.path("info");
        assertThat(model.modelId()).isEqualTo(info.path("model_id").asText());
        assertThat(model.artifactUri()).isEqualTo(info.path("artifact_uri").asText());
        String status = info.path("status").asText().replace("STATUS_UNSPECIFIED", "PENDING");
        assertThat(model.status().wireName()).isEqualTo(status);
        assertThat(model.creationTimestamp())
                .isEqualTo(info.path("creation_timestamp_ms").asLong());
        assertThat(model.params()).isEqualTo(map(node.path("data").path("params")));
        assertThat(model.tags()).isEqualTo(map(info.path("tags")));
        assertThat(model.metrics()).hasSize(node.path("data").path("metrics").size());
    }

    private static void registeredModel(JsonNode node, JsonNode body) {
        RegisteredModel model = RegisteredModelJson.fromJson(node);
        assertThat(model.name()).isEqualTo(node.path("name").asText());
        assertThat(model.tags()).isEqualTo(map(node.path("tags")));
        assertThat(model.aliases()).hasSize(node.path("aliases").size());
        for (int i = 0; i < model.latestVersions().size(); i++) {
            version(model.latestVersions().get(i), node.path("latest_versions").path(i));
        }
    }

    private static void version(ModelVersion version, JsonNode node) {
        assertThat(version.version()).isEqualTo(node.path("version").asInt());
        assertThat(version.source()).isEqualTo(node.path("source").asText());
        assertThat(version.currentStage()).isEqualTo(node.path("current_stage").asText());
        assertThat(version.status()).isEqualTo(node.path("status").asText());
        assertThat(version.tags()).isEqualTo(map(node.path("tags")));
        assertThat(version.aliases()).hasSize(node.path("aliases").size());
    }

    @Test
    void createsARunAsTheRecordedClientDid() throws IOException {
        JsonNode recording = Recordings.named("runs", "create");
        JsonNode body = recording.path("request").path("body");
        CreateRun request = new CreateRun(
                body.path("experiment_id").asText(),
                body.path("run_name").asText(),
                body.path("user_id").asText(),
                body.path("start_time").asLong(),
                map(body.path("tags")));
        sendsTheSame(recording, (store, registry) -> store.createRun(request));
    }

    @Test
    void logsABatchAsTheRecordedClientDid() throws IOException {
        JsonNode recording = Recordings.named("runs", "log-batch");
        JsonNode body = recording.path("request").path("body");
        List<Metric> metrics = Json.list(body, "metrics", MetricJson::fromJson);
        List<Tag> tags = Json.list(body, "tags", tag -> new Tag(Json.text(tag, "key"), Json.text(tag, "value")));
        var params = Json.list(
                body,
                "params",
                param -> new io.sparkmlflow.entities.Param(Json.text(param, "key"), Json.text(param, "value")));
        sendsTheSame(
                recording,
                (store, registry) -> store.logBatch(body.path("run_id").asText(), metrics, params, tags));
    }

    @Test
    void logsInputsAsTheRecordedClientDid() throws IOException {
        JsonNode recording = Recordings.named("runs", "log-inputs");
        JsonNode body = recording.path("request").path("body");
        List<DatasetInput> inputs = Json.list(body, "datasets", DatasetJson::fromJson);
        sendsTheSame(
                recording,
                (store, registry) -> store.logInputs(body.path("run_id").asText(), inputs));
    }

    @Test
    void createsALoggedModelAsTheRecordedClientDid() throws IOException {
        JsonNode recording = Recordings.named("logged-models", "create");
        JsonNode body = recording.path("request").path("body");
        CreateLoggedModel request = new CreateLoggedModel(
                body.path("experiment_id").asText(),
                body.path("name").asText(),
                body.path("model_type").asText(),
                body.path("source_run_id").asText(),
                map(body.path("params")),
                map(body.path("tags")));
        sendsTheSame(recording, (store, registry) -> store.createLoggedModel(request));
    }

    @Test
    void createsAVersionAsTheRecordedClientDid() throws IOException {
        JsonNode recording = Recordings.named("model-versions", "create");
        JsonNode body = recording.path("request").path("body");
        CreateModelVersion request = new CreateModelVersion(
                body.path("name").asText(),
                body.path("source").asText(),
                body.path("run_id").asText(),
                null,
                null,
                body.path("description").asText(),
                map(body.path("tags")));
        sendsTheSame(recording, (store, registry) -> registry.createModelVersion(request));
    }

    @Test
    void setsAndDeletesAnAliasAsTheRecordedClientDid() throws IOException {
        JsonNode set = Recordings.named("model-versions", "alias-set");
        String name = set.path("request").path("body").path("name").asText();
        sendsTheSame(set, (store, registry) -> registry.setAlias(name, "champion", 2));
        sendsTheSame(
                Recordings.named("model-versions", "alias-delete"),
                (store, registry) -> registry.deleteAlias(name, "champion"));
    }

    private static void sendsTheSame(JsonNode recording, BiConsumer<RestTrackingStore, RestModelRegistry> call)
            throws IOException {
        JsonNode request = recording.path("request");
        MlflowConfig nothingSet = MlflowConfig.of(key -> null, Map.of());
        String answer = recording.path("response").path("body").toString();
        try (FaultServer server = FaultServer.start().otherwise(FaultServer.json(answer));
                RestTrackingStore store = RestTrackingStore.open(server.uri(), nothingSet);
                RestModelRegistry registry = RestModelRegistry.open(server.uri(), nothingSet)) {
            call.accept(store, registry);
            FaultServer.Request sent = server.requests().get(0);
            assertThat(sent.method()).isEqualTo(request.path("method").asText());
            assertThat(sent.target()).isEqualTo(request.path("path").asText());
            assertThat(unordered(Json.parse(sent.body()))).isEqualTo(unordered(request.path("body")));
        }
    }

    /** Lists become sets: maps have no order, and an empty list says the same as none. */
    private static Object unordered(JsonNode node) {
        if (node.isArray()) {
            return new HashSet<>(StreamSupport.stream(node.spliterator(), false)
                    .map(RecordedServerTest::unordered)
                    .toList());
        }
        if (!node.isObject()) {
            return node.isNumber() ? node.asDouble() : node.asText();
        }
        ObjectNode kept = node.deepCopy();
        node.fieldNames().forEachRemaining(field -> {
            if (node.get(field).isArray() && node.get(field).isEmpty()) {
                kept.remove(field);
            }
        });
        Map<String, Object> fields = new java.util.HashMap<>();
        kept.fields().forEachRemaining(field -> fields.put(field.getKey(), unordered(field.getValue())));
        return fields;
    }

    private static Map<String, String> map(JsonNode keyValues) {
        Map<String, String> map = new java.util.HashMap<>();
        keyValues.forEach(
                item -> map.put(item.path("key").asText(), item.path("value").asText()));
        return map;
    }
}
