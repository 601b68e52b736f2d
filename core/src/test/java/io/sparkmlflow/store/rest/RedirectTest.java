package io.sparkmlflow.store.rest;

import static io.sparkmlflow.testing.FaultServer.json;
import static io.sparkmlflow.testing.FaultServer.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RedirectTest {
    private static final String RUN = "{\"run\": {\"info\": {\"run_id\": \"r1\", \"experiment_id\": \"7\","
            + " \"status\": \"RUNNING\", \"start_time\": 1, \"lifecycle_stage\": \"active\"}}}";

    private final FaultServer server = FaultServer.start();
    private final FaultServer other = FaultServer.start();

    @AfterEach
    void closeServers() throws IOException {
        server.close();
        other.close();
    }

    private RestTrackingStore store(String... environment) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "MLFLOW_TRACKING_TOKEN", "t0ken",
                "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));
        for (int i = 0; i < environment.length; i += 2) {
            variables.put(environment[i], environment[i + 1]);
        }
        return RestTrackingStore.open(server.uri(), MlflowConfig.of(key -> null, variables));
    }

    private static FaultServer.Behaviour redirect(int status, String location) {
        return reply(status, "text/html", "", "Location: " + location);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aGetIsFollowed(int status) {
        server.then(redirect(status, "/prefix/x?y=z"), json(RUN));
        assertThat(store().getRun("r1").info().runId()).isEqualTo("r1");
        assertThat(server.requests().get(1).target()).isEqualTo("/prefix/x?y=z");
        assertThat(server.requests().get(1).headers()).containsEntry("authorization", "Bearer t0ken");
    }

    @ParameterizedTest
    @ValueSource(ints = {307, 308})
    void aCreateIsFollowedWithItsBody(int status) {
        server.then(redirect(status, "/elsewhere"), json(RUN));
        store().createRun(new CreateRun("7", "n", "u", 1L, Map.of()));
        assertThat(server.requests().get(1).method()).isEqualTo("POST");
        assertThat(server.requests().get(1).text())
                .isEqualTo(server.requests().get(0).text())
                .contains("experiment_id");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303})
    void aCreateIsNotTurnedIntoAGet(int status) {
        server.then(redirect(status, "/elsewhere"));
        assertThatThrownBy(() -> store().createRun(new CreateRun("7", "n", "u", 1L, Map.of())))
                .hasMessageContaining("redirects to /elsewhere");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void anotherServerIsAskedWithoutCredentials() {
        server.then(redirect(307, other.uri() + "/x"));
        other.then(json(RUN));
        assertThat(store().getRun("r1").info().runId()).isEqualTo("r1");
        assertThat(other.requests().get(0).headers()).doesNotContainKey("authorization");
    }

    @Test
    void aCircleEnds() {
        server.otherwise(redirect(307, "/again"));
        assertThatThrownBy(() -> store().getRun("r1")).hasMessageContaining("redirects to /again");
        assertThat(server.requests()).hasSize(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1/x", "http://jane:s3cret@127.0.0.1/x", "ht tp:", "mailto:x"})
    void otherPlacesAreNotGoneTo(String location) {
        server.then(redirect(307, location));
        assertThatThrownBy(() -> store().getRun("r1"))
                .hasMessageContaining("it redirects to")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void nothingIsFollowedIfTheSettingForbidsIt() {
        server.then(redirect(307, "/x"));
        assertThatThrownBy(() -> store("MLFLOW_ALLOW_HTTP_REDIRECTS", "false").getRun("r1"))
                .hasMessageContaining("redirects to /x");
        assertThat(server.requests()).hasSize(1);
    }
}
