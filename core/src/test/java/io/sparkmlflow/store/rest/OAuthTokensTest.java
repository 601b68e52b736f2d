package io.sparkmlflow.store.rest;

import static io.sparkmlflow.testing.FaultServer.json;
import static io.sparkmlflow.testing.FaultServer.reply;
import static io.sparkmlflow.testing.FaultServer.reset;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.credentials.Credentials;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OAuthTokensTest {
    private static final String RUN = "{\"run\": {\"info\": {\"run_id\": \"r1\", \"experiment_id\": \"7\","
            + " \"status\": \"RUNNING\", \"start_time\": 1, \"lifecycle_stage\": \"active\"}}}";

    private final FaultServer server = FaultServer.start();

    @AfterEach
    void closeServer() throws IOException {
        server.close();
    }

    private static FaultServer.Behaviour token(String token) {
        return json("{\"access_token\": \"" + token + "\", \"token_type\": \"Bearer\", \"expires_in\": 3600}");
    }

    private RestTrackingStore store() {
        MlflowConfig config = MlflowConfig.of(
                key -> null,
                Map.of(
                        "DATABRICKS_HOST", server.uri(),
                        "DATABRICKS_CLIENT_ID", "id",
                        "DATABRICKS_CLIENT_SECRET", "s3cret"));
        RetryPolicy policy =
                new RetryPolicy(2, Duration.ZERO, Duration.ZERO, Duration.ZERO, true, Duration.ofSeconds(10));
        return new RestTrackingStore(new RestClient(
                ServerAddress.parse("databricks", config), Duration.ofSeconds(5), policy, Connections.FRESH));
    }

    private List<String> authorizations(String target) {
        return server.requests().stream()
                .filter(request -> request.target().contains(target))
                .map(request -> request.headers().get("authorization"))
                .toList();
    }

    @Test
    void oneTokenServesManyCalls() {
        server.then(token("t1")).otherwise(json(RUN));
        RestTrackingStore store = store();
        store.getRun("r1");
        store.getRun("r1");
        FaultServer.Request request = server.requests().get(0);
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.target()).isEqualTo("/oidc/v1/token");
        assertThat(request.text()).isEqualTo("grant_type=client_credentials&scope=all-apis");
        assertThat(request.headers()).containsEntry("content-type", "application/x-www-form-urlencoded");
        assertThat(authorizations("token")).containsExactly("Basic aWQ6czNjcmV0");
        assertThat(authorizations("runs/get")).containsExactly("Bearer t1", "Bearer t1");
    }

    @Test
    void aRejectedTokenIsRenewedOnce() {
        server.then(token("t1"), reply(401, "text/plain", "expired"), token("t2"), json(RUN));
        assertThat(store().createRun(new CreateRun("7", "n", "u", 1L, Map.of()))
                        .info()
                        .runId())
                .isEqualTo("r1");
        assertThat(authorizations("runs/create")).containsExactly("Bearer t1", "Bearer t2");
    }

    @Test
    void aSecondRejectionIsTheAnswer() {
        FaultServer.Behaviour rejected = reply(401, "text/plain", "you may not");
        server.then(token("t1"), rejected, token("t2"), rejected);
        assertThatThrownBy(() -> store().getRun("r1"))
                .hasMessageContaining("you may not")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void aWrongSecretIsToldWithoutShowingIt() {
        server.otherwise(reply(
                401,
                "application/json",
                "{\"error\": \"invalid_client\", \"error_description\": \"Client auth failed\"}"));
        assertThatThrownBy(() -> store().getRun("r1"))
                .hasMessageContaining("client id 'id'")
                .hasMessageContaining("Client auth failed")
                .hasMessageContaining("DATABRICKS_CLIENT_SECRET")
                .hasMessageNotContaining("s3cret")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aTokenThatCannotBeGotNowIsAskedForAgainEvenForACreate() {
        server.then(reset(), reply(503, "text/html", "<h1>busy</h1>"), token("t1"), json(RUN));
        assertThat(store().createRun(new CreateRun("7", "n", "u", 1L, Map.of()))
                        .info()
                        .runId())
                .isEqualTo("r1");
    }

    @Test
    void aTokenIsReplacedShortlyBeforeItExpires() throws IOException, InterruptedException {
        server.then(token("t1"), token("t2"));
        AtomicLong seconds = new AtomicLong();
        Connections connections = new Connections(Duration.ofSeconds(5), Connections.FRESH);
        OAuthTokens tokens = new OAuthTokens(
                new Credentials.OAuthClient("id", "s3cret"),
                server.uri(),
                new Sender(connections, Authorization.NONE, HttpOptions.DEFAULT, Duration.ofSeconds(5)),
                Duration.ofSeconds(5),
                () -> seconds.get() * 1_000_000_000L);
        assertThat(tokens.header()).isEqualTo("Bearer t1");
        seconds.set(3539);
        assertThat(tokens.header()).isEqualTo("Bearer t1");
        seconds.set(3540);
        assertThat(tokens.header()).isEqualTo("Bearer t2");
    }
}
