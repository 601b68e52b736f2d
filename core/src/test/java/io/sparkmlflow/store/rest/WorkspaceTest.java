package io.sparkmlflow.store.rest;

import static io.sparkmlflow.testing.FaultServer.json;
import static io.sparkmlflow.testing.FaultServer.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
    private final FaultServer server = FaultServer.start();
    private final RestTrackingStore store = RestTrackingStore.open(
            server.uri(),
            MlflowConfig.of(
                    key -> null, Map.of("MLFLOW_WORKSPACE", " team-a ", "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")));

    @AfterEach
    void close() throws IOException {
        store.close();
        server.close();
    }

    @Test
    void everyCallNamesTheWorkspaceAndTheServerIsAskedForItOnce() {
        server.then(json("{\"workspaces_enabled\": true}"));
        store.setExperimentTag("1", "a", "b");
        store.setExperimentTag("1", "c", "d");
        assertThat(server.requests())
                .extracting(FaultServer.Request::target)
                .containsExactly(
                        "/api/3.0/mlflow/server-info",
                        "/api/2.0/mlflow/experiments/set-experiment-tag",
                        "/api/2.0/mlflow/experiments/set-experiment-tag");
        assertThat(server.requests().subList(1, 3))
                .allSatisfy(request -> assertThat(request.headers()).containsEntry("x-mlflow-workspace", "team-a"));
    }

    @Test
    void nothingGoesToAServerWithoutWorkspaces() {
        server.then(json("{\"workspaces_enabled\": false}"), reply(404, "text/plain", "no"));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> store.setExperimentTag("1", "a", "b"))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("'team-a'")
                    .hasMessageContaining("has no workspaces");
        }
        assertThat(server.requests()).extracting(FaultServer.Request::method).containsOnly("GET");
    }

    @Test
    void nothingGoesToAServerThatDoesNotSay() {
        server.then(reply(503, "text/plain", "no"));
        assertThatThrownBy(() -> store.setExperimentTag("1", "a", "b")).isInstanceOf(StoreUnavailableException.class);
        assertThat(server.requests()).hasSize(1);
    }
}
