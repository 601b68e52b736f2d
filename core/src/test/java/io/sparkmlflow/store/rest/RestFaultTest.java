package io.sparkmlflow.store.rest;

import static io.sparkmlflow.testing.FaultServer.cut;
import static io.sparkmlflow.testing.FaultServer.drip;
import static io.sparkmlflow.testing.FaultServer.json;
import static io.sparkmlflow.testing.FaultServer.reply;
import static io.sparkmlflow.testing.FaultServer.reset;
import static io.sparkmlflow.testing.FaultServer.stall;
import static io.sparkmlflow.testing.FaultServer.thenDropTheConnection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RestFaultTest {
    private static final String EXPERIMENT = "{\"experiment\": {\"experiment_id\": \"7\", \"name\": \"e\","
            + " \"artifact_location\": \"mlflow-artifacts:/7\", \"lifecycle_stage\": \"active\"}}";
    private static final String RUN = "{\"run\": {\"info\": {\"run_id\": \"r1\", \"experiment_id\": \"7\","
            + " \"status\": \"RUNNING\", \"start_time\": 1, \"lifecycle_stage\": \"active\"}}}";
    private static final String GONE = "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"No such thing\"}";

    private final FaultServer server = FaultServer.start();

    @AfterEach
    void closeServer() throws IOException {
        server.close();
    }

    private static RestTrackingStore store(String uri) {
        // Long enough for the first exchange of a busy machine: a create that times out is not repeated.
        return store(uri, Connections.FRESH, Duration.ofMillis(1500));
    }

    private static RestTrackingStore store(String uri, Duration fresh, Duration timeout) {
        MlflowConfig nothingSet = MlflowConfig.of(key -> null, Map.of());
        RetryPolicy policy = new RetryPolicy(
                3, Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofMillis(1), true, Duration.ofSeconds(10));
        return new RestTrackingStore(new RestClient(ServerAddress.parse(uri, nothingSet), timeout, policy, fresh));
    }

    private RestTrackingStore store() {
        return store(server.uri());
    }

    private static CreateRun aRun() {
        return new CreateRun("7", "name", "user", 1L, Map.of());
    }

    @Test
    void refusedConnectionEndsInOneSentence() {
        String uri = "http://127.0.0.1:" + FaultServer.closedPort();
        assertThatThrownBy(() -> store(uri).getExperiment("7"))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("GET " + uri + "/api/2.0/mlflow/experiments/get?experiment_id=7")
                .hasMessageContaining("after 4 attempts")
                .hasMessageContaining("refused");
    }

    @Test
    void createIsRepeatedUntilTheServerListens() throws IOException {
        int port = FaultServer.closedPort();
        RetryPolicy patient = new RetryPolicy(
                1000, Duration.ofMillis(20), Duration.ofMillis(20), Duration.ZERO, true, Duration.ofSeconds(20));
        ServerAddress address = ServerAddress.parse("http://127.0.0.1:" + port, MlflowConfig.of(key -> null, Map.of()));
        try (RestTrackingStore store =
                new RestTrackingStore(new RestClient(address, Duration.ofSeconds(5), patient, Connections.FRESH))) {
            CompletableFuture<String> run = CompletableFuture.supplyAsync(
                    () -> store.createRun(aRun()).info().runId());
            try (FaultServer late = FaultServer.start(port)) {
                late.otherwise(json(RUN));
                assertThat(run.join()).isEqualTo("r1");
                assertThat(late.requests()).hasSize(1);
            }
        }
    }

    @Test
    void errorInJsonKeepsItsCodeAndMessage() {
        server.then(reply(
                400,
                "application/json",
                "{\"error_code\": \"RESOURCE_ALREADY_EXISTS\", \"message\": \"It is there\"}"));
        assertThatThrownBy(() -> store().createExperiment("e", null, Map.of()))
                .isExactlyInstanceOf(MlflowException.class)
                .hasMessage("It is there")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_ALREADY_EXISTS);
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"400,BAD_REQUEST", "401,UNAUTHENTICATED", "409,RESOURCE_CONFLICT", "404,NOT_FOUND", "507,INTERNAL_ERROR"
    })
    void unknownErrorCodeCountsAsItsStatus(int status, ErrorCode expected) {
        server.otherwise(reply(status, "application/json", "{\"error_code\": \"METASTORE_DOES_NOT_EXIST\"}"));
        assertThatThrownBy(() -> store().createRun(aRun()))
                .isInstanceOf(MlflowException.class)
                .extracting("errorCode")
                .isEqualTo(expected);
    }

    @Test
    void hostCheckIsShownAsItCameWithTheUrlButNotThePassword() {
        server.otherwise(reply(403, "text/plain", "Invalid Host header - possible DNS rebinding attack detected"));
        RestTrackingStore store = store(server.uri().replace("//", "//jane:s3cret@") + "/prefix/");
        assertThatThrownBy(() -> store.getRun("r1"))
                .hasMessageContaining("403")
                .hasMessageContaining(server.uri() + "/prefix/api/2.0/mlflow/runs/get")
                .hasMessageContaining("Invalid Host header - possible DNS rebinding attack detected")
                .hasMessageNotContaining("s3cret")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.PERMISSION_DENIED);
        assertThat(server.requests().get(0).headers().get("authorization")).isEqualTo("Basic amFuZTpzM2NyZXQ=");
        assertThat(store.uri()).isEqualTo(server.uri() + "/prefix");
    }

    @Test
    void unknownPathIsNotAMissingExperiment() {
        server.otherwise(reply(404, "text/html", "<!doctype html>\n<title>404 Not Found</title>" + "x".repeat(9000)));
        MlflowException failure = catchThrowableOfType(MlflowException.class, () -> store().findExperimentByName("e"));
        assertThat(failure.errorCode()).isEqualTo(ErrorCode.ENDPOINT_NOT_FOUND);
        assertThat(failure).hasMessageContaining("<title>404 Not Found</title>");
        assertThat(failure.getMessage().length()).isLessThan(1000);
    }

    @Test
    void missingExperimentIsEmpty() {
        server.then(reply(404, "application/json", GONE));
        assertThat(store().findExperimentByName("e")).isEmpty();
    }

    @Test
    void aPageThatIsNotMlflowsIsShown() {
        server.otherwise(reply(200, "text/html", "<h1>Welcome to nginx</h1>"));
        assertThatThrownBy(() -> store().getRun("r1"))
                .hasMessageContaining("not JSON")
                .hasMessageContaining("nginx");
    }

    @Test
    void anAnswerWithoutItsNounNamesTheNoun() {
        assertThatThrownBy(() -> store().getRun("r1")).hasMessageContaining("lacks 'run'");
    }

    @Test
    void redirectThatIsNotFollowedSaysWhereTo() {
        server.then(reply(302, "text/html", "", "Location: https://jane:s3cret@elsewhere/x"));
        assertThatThrownBy(() -> store().createRun(aRun()))
                .hasMessageContaining("https://elsewhere/x")
                .hasMessageNotContaining("s3cret");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void createIsRepeatedWhenTheServerSaysToComeBack(int status) {
        server.then(reply(status, "text/plain", "busy", "Retry-After: 0"), json(RUN));
        assertThat(store().createRun(aRun()).info().runId()).isEqualTo("r1");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void retryAfterBeyondTheDeadlineEndsTheCallAtOnce() {
        server.otherwise(reply(429, "text/plain", "busy", "Retry-After: 3600"));
        assertThatThrownBy(() -> store().getRun("r1"))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("429")
                .hasMessageContaining("busy");
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void repeatableCallOutlivesPassingStatuses(int status) {
        server.then(reply(status, "text/html", "<h1>oops</h1>"), reply(status, "text/html", "oops"), json(RUN));
        assertThat(store().getRun("r1").info().runId()).isEqualTo("r1");
        assertThat(server.requests()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 500, 502, 503, 504})
    void createIsNotRepeatedWhenItMayHaveRun(int status) {
        server.then(reply(status, "text/html", "oops"));
        assertThatThrownBy(() -> store().createRun(aRun())).isInstanceOf(MlflowException.class);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void endlessServiceUnavailableEndsTyped() {
        server.otherwise(reply(503, "text/plain", "down for maintenance"));
        assertThatThrownBy(() -> store().getRun("r1"))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("down for maintenance");
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void serverThatHangsEndsTyped() {
        server.otherwise(stall());
        assertThatThrownBy(() -> store().getRun("r1"))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("not complete within 1500 ms");
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void createIsSentOnceToAServerThatHangs() {
        server.otherwise(stall());
        assertThatThrownBy(() -> store().createRun(aRun())).isInstanceOf(StoreUnavailableException.class);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void bodyThatDripsEndsTyped() {
        server.otherwise(drip());
        assertThatThrownBy(() -> store().getRun("r1")).isInstanceOf(StoreUnavailableException.class);
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void answerCutShortIsAskedForAgain() {
        server.then(cut(EXPERIMENT), json(EXPERIMENT));
        assertThat(store().getExperiment("7").name()).isEqualTo("e");
    }

    @Test
    void createIsSentOnceWhenTheAnswerIsCutShort() {
        server.then(cut(RUN));
        assertThatThrownBy(() -> store().createRun(aRun())).isInstanceOf(StoreUnavailableException.class);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void batchIsRepeatedAfterAReset() {
        server.then(reset(), reset());
        store().logBatch("r1", List.of(new Metric("m", 1, 1, 1)), List.of(), List.of());
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void createIsSentOnceWhenTheConnectionIsReset() {
        server.then(reset());
        assertThatThrownBy(() -> store().createRun(aRun())).isInstanceOf(StoreUnavailableException.class);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void repeatableCallOutlivesAKeptConnectionThatDies() {
        server.then(thenDropTheConnection(json(RUN)));
        RestTrackingStore store = store();
        store.getRun("r1");
        store.setTag("r1", new Tag("k", "v"));
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void createDoesNotUseAnOldConnection() {
        server.then(thenDropTheConnection(json(RUN)), json(RUN));
        RestTrackingStore store = store(server.uri(), Duration.ZERO, Duration.ofSeconds(10));
        store.getRun("r1");
        assertThat(store.createRun(aRun()).info().runId()).isEqualTo("r1");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void deletionWhoseAnswerWasLostHasSucceeded() {
        server.then(reset(), reply(404, "application/json", GONE));
        store().deleteTag("r1", "k");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void deletionOfWhatIsNotThereFails() {
        server.then(reply(429, "text/plain", "busy"), reply(404, "application/json", GONE));
        assertThatThrownBy(() -> store().deleteTag("r1", "k")).hasMessage("No such thing");
    }

    @Test
    void tlsToAServerWithoutItIsNotTriedAgain() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> answer = CompletableFuture.runAsync(() -> speakPlainly(plain));
            assertThatThrownBy(() -> store(
                                    "https://127.0.0.1:" + plain.getLocalPort(),
                                    Connections.FRESH,
                                    Duration.ofSeconds(30))
                            .getRun("r1"))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("after one attempt");
            answer.join();
        }
    }

    private static void speakPlainly(ServerSocket listener) {
        try (Socket socket = listener.accept()) {
            socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Named<FaultServer.Behaviour>> lostAnswers() {
        return List.of(
                Named.of("cut", cut("{}")),
                Named.of("reset", reset()),
                Named.of("stall", stall()),
                Named.of("drip", drip()),
                Named.of("not JSON", reply(500, "text/html", "<h1>oops</h1>")),
                Named.of("408", reply(408, "text/plain", "slow")),
                Named.of("429", reply(429, "text/plain", "busy", "Retry-After: 0")),
                Named.of("502", reply(502, "text/html", "bad gateway")),
                Named.of("503", reply(503, "text/plain", "busy", "Retry-After: 0")),
                Named.of("504", reply(504, "text/html", "gateway timeout")));
    }

    /** The server keeps equal points once, so a metric is never doubled as long as each repetition is the same. */
    @ParameterizedTest
    @MethodSource("lostAnswers")
    void aBatchIsRepeatedAsItWasUntilItIsAnswered(FaultServer.Behaviour lost) {
        server.then(lost, lost);
        store().logBatch(
                        "r1",
                        List.of(new Metric("m", Double.NaN, 1, 1), new Metric("m", 2, 2, 2)),
                        List.of(),
                        List.of());
        assertThat(server.requests()).hasSize(3);
        assertThat(server.requests().stream().map(FaultServer.Request::text).distinct())
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"INVALID_STATE", "DATA_LOSS", "INVALID_PARAMETER_VALUE"})
    void anErrorInMlflowsWordsIsAnAnswerThoughItIsA500(ErrorCode code) {
        server.otherwise(reply(
                500, "application/json", "{\"error_code\": \"" + code + "\", \"message\": \"It cannot be renamed\"}"));
        assertThatThrownBy(() -> store().getRun("r1"))
                .isExactlyInstanceOf(MlflowException.class)
                .hasMessage("It cannot be renamed")
                .extracting("errorCode")
                .isEqualTo(code);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void anInternalErrorInMlflowsWordsIsGivenTwoMoreChances() {
        server.otherwise(reply(
                500, "application/json", "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"database is locked\"}"));
        assertThatThrownBy(() -> store().getRun("r1")).hasMessage("database is locked");
        assertThat(server.requests()).hasSize(3);
        assertThatThrownBy(() -> store().createRun(aRun())).hasMessage("database is locked");
        assertThat(server.requests()).hasSize(4);
    }

    private static String aVersion(String number) {
        return aVersion(number, System.currentTimeMillis());
    }

    private static String aVersion(String number, long created) {
        return "{\"name\": \"it's\", \"version\": \"" + number + "\", \"creation_timestamp\": " + created
                + ", \"source\": \"runs:/r1/m\"," + " \"run_id\": \"r1\"}";
    }

    private RestModelRegistry registry() {
        return new RestModelRegistry(new RestClient(
                ServerAddress.parse(server.uri(), MlflowConfig.of(key -> null, Map.of())),
                Duration.ofSeconds(10),
                new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Duration.ZERO, true, Duration.ofSeconds(10)),
                Connections.FRESH));
    }

    @Test
    void aVersionWhoseAnswerWasLostIsFoundAndNotMadeTwice() {
        RestModelRegistry registry = registry();
        CreateModelVersion request = new CreateModelVersion("it's", "runs:/r1/m", "r1", null, null, null, Map.of());
        String created = "{\"model_version\": " + aVersion("4") + "}";
        server.then(cut(created));
        assertThatThrownBy(() -> registry.createModelVersion(request)).isInstanceOf(StoreUnavailableException.class);

        server.then(reply(503, "text/plain", "restarting"));
        assertThatThrownBy(() -> registry.createModelVersion(request)).isInstanceOf(StoreUnavailableException.class);

        server.then(json("{\"model_versions\": [" + aVersion("4") + "]}"));
        assertThat(registry.createModelVersion(request).version()).isEqualTo(4);
        assertThat(server.requests()).extracting(FaultServer.Request::method).containsExactly("POST", "GET", "GET");
        assertThat(server.requests().get(2).target()).contains("name%20%3D%20%27it%27%27s%27");

        server.then(json("{\"model_version\": " + aVersion("5") + "}"));
        assertThat(registry.createModelVersion(request).version()).isEqualTo(5);
    }

    @Test
    void anEqualVersionFromBeforeTheLostAnswerIsAnotherOne() {
        RestModelRegistry registry = registry();
        CreateModelVersion request = new CreateModelVersion("it's", "runs:/r1/m", "r1", null, null, null, Map.of());
        server.then(cut("{}"));
        assertThatThrownBy(() -> registry.createModelVersion(request)).isInstanceOf(StoreUnavailableException.class);

        long anHourAgo = System.currentTimeMillis() - Duration.ofHours(1).toMillis();
        server.then(json("{\"model_versions\": [" + aVersion("3", anHourAgo) + "]}"));
        server.then(json("{\"model_version\": " + aVersion("4") + "}"));
        assertThat(registry.createModelVersion(request).version()).isEqualTo(4);
        assertThat(server.requests()).extracting(FaultServer.Request::method).containsExactly("POST", "GET", "POST");
    }

    @Test
    void aVersionThatWasNotMadeIsMade() {
        RestModelRegistry registry = registry();
        CreateModelVersion request = new CreateModelVersion("it's", "runs:/r1/m", "r1", null, null, null, Map.of());
        server.then(reset(), json("{}"), json("{\"model_version\": " + aVersion("1") + "}"));
        assertThatThrownBy(() -> registry.createModelVersion(request)).isInstanceOf(StoreUnavailableException.class);
        assertThat(registry.createModelVersion(request).version()).isEqualTo(1);
    }

    @Test
    void aRunWhoseAnswerWasLostIsFoundAndNotMadeTwice() {
        RestTrackingStore store = store();
        server.then(cut(RUN), json("{\"runs\": [" + RUN.substring(8, RUN.length() - 1) + "]}"));
        CreateRun request = new CreateRun("7", null, null, 1L, Map.of());
        assertThatThrownBy(() -> store.createRun(request)).isInstanceOf(StoreUnavailableException.class);
        assertThat(store.createRun(request).info().runId()).isEqualTo("r1");
        assertThat(server.requests().get(1).text()).contains("attributes.start_time = 1");
    }

    @Test
    void anExperimentWhoseAnswerWasLostIsFound() {
        RestTrackingStore store = store();
        server.then(cut("{\"experiment_id\": \"7\"}"), json(EXPERIMENT));
        assertThatThrownBy(() -> store.createExperiment("e", null, Map.of()))
                .isInstanceOf(StoreUnavailableException.class);
        assertThat(store.createExperiment("e", null, Map.of())).isEqualTo("7");

        String taken = "{\"error_code\": \"RESOURCE_ALREADY_EXISTS\", \"message\": \"taken\"}";
        server.then(reset(), json(EXPERIMENT), reply(400, "application/json", taken));
        Map<String, String> tags = Map.of("team", "red");
        assertThatThrownBy(() -> store.createExperiment("e", null, tags)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> store.createExperiment("e", null, tags)).hasMessageContaining("taken");
    }

    @Test
    void aRegisteredModelWhoseAnswerWasLostIsFound() {
        RestModelRegistry registry = registry();
        String model = "{\"registered_model\": {\"name\": \"wine\", \"description\": \"\","
                + " \"tags\": [{\"key\": \"a\", \"value\": \"1\"}, {\"key\": \"b\", \"value\": \"2\"}]}}";
        Map<String, String> tags = Map.of("b", "2", "a", "1");
        server.then(cut(model), json(model));
        assertThatThrownBy(() -> registry.createRegisteredModel("wine", null, tags))
                .isInstanceOf(StoreUnavailableException.class);
        assertThat(registry.createRegisteredModel("wine", null, tags).tags()).isEqualTo(tags);
        assertThat(server.requests()).extracting(FaultServer.Request::method).containsExactly("POST", "GET");

        String taken = "{\"error_code\": \"RESOURCE_ALREADY_EXISTS\", \"message\": \"taken\"}";
        server.then(reset(), json(model), reply(400, "application/json", taken));
        assertThatThrownBy(() -> registry.createRegisteredModel("wine", "red", tags))
                .isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> registry.createRegisteredModel("wine", "red", tags))
                .hasMessageContaining("taken");
    }

    @Test
    void aModelWhoseAnswerWasLostIsNotRecordedTwice() {
        RestTrackingStore store = store();
        String recorded = RUN.replace(
                "}}}",
                "}, \"data\": {\"tags\": [{\"key\": \"mlflow.log-model.history\", \"value\": \"[{\\\"model_uuid\\\":\\\"u1\\\"}]\"}]}}}");
        server.then(cut("{}"), json(recorded));
        assertThatThrownBy(() -> store.recordModel("r1", "{\"model_uuid\": \"u1\"}"))
                .isInstanceOf(StoreUnavailableException.class);
        store.recordModel("r1", "{\"model_uuid\": \"u1\"}");
        assertThat(server.requests()).extracting(FaultServer.Request::method).containsExactly("POST", "GET");
    }

    @Test
    void interruptEndsTheWait() {
        server.otherwise(stall());
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> store().getRun("r1"))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("Interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void deletionCarriesAJsonBody() {
        RestModelRegistry registry = new RestModelRegistry(new RestClient(
                ServerAddress.parse(server.uri(), MlflowConfig.of(key -> null, Map.of())),
                Duration.ofSeconds(5),
                new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Duration.ZERO, true, Duration.ofSeconds(5)),
                Connections.FRESH));
        registry.deleteModelVersion("a model", 3);
        FaultServer.Request request = server.requests().get(0);
        assertThat(request.method()).isEqualTo("DELETE");
        assertThat(request.text()).isEqualTo("{\"name\":\"a model\",\"version\":\"3\"}");
        assertThat(request.headers().get("content-type")).isEqualTo("application/json");
        assertThat(request.headers().get("user-agent")).matches("spark-mlflow/\\d+\\..*");
    }

    @Test
    void paramsOfAModelWhoseAnswerWasLostAreThereOnce() {
        String model =
                "{\"model\": {\"info\": {\"model_id\": \"m-1\", \"experiment_id\": \"0\", \"name\": \"m\", \"artifact_uri\": \"a\","
                        + " \"creation_timestamp_ms\": 1, \"last_updated_timestamp_ms\": 1, \"status\": \"LOGGED_MODEL_PENDING\"},"
                        + " \"data\": {\"params\": [{\"key\": \"a\", \"value\": \"1\"}]}}}";
        String refusal = "{\"error_code\": \"BAD_REQUEST\", \"message\": \"UNIQUE constraint failed\"}";
        RestTrackingStore store = store();

        server.then(reset(), reply(400, "application/json", refusal), json(model));
        store.logLoggedModelParams("m-1", List.of(new Param("a", "1")));
        assertThat(server.requests()).hasSize(3);

        server.then(reply(400, "application/json", refusal), json(model), json("{}"));
        store.logLoggedModelParams("m-1", List.of(new Param("a", "1"), new Param("b", "2")));
        assertThat(server.requests().get(5).text()).doesNotContain("\"a\"").contains("\"b\"");

        server.then(reply(400, "application/json", refusal), json(model));
        assertThatThrownBy(() -> store.logLoggedModelParams("m-1", List.of(new Param("b", "2"))))
                .hasMessageContaining("UNIQUE");
    }
}
