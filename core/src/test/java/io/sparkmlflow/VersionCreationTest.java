package io.sparkmlflow;

import static io.sparkmlflow.testing.FaultServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.rest.RestModelRegistry;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VersionCreationTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(1);

    private final FaultServer server = FaultServer.start();
    private final RestModelRegistry registry =
            RestModelRegistry.open(server.uri(), MlflowConfig.of(key -> null, Map.of()));

    @AfterEach
    void close() throws IOException {
        registry.close();
        server.close();
    }

    private static FaultServer.Behaviour version(String status) {
        return json("{\"model_version\": {\"name\": \"m\", \"version\": \"1\", \"creation_timestamp\": 1,"
                + " \"last_updated_timestamp\": 1, \"current_stage\": \"None\", \"source\": \"s\", \"status\": \""
                + status
                + "\", \"status_message\": \"no room\"}}");
    }

    private ModelVersion pending() {
        server.then(version("PENDING_REGISTRATION"));
        return registry.createModelVersion(new CreateModelVersion("m", "s", null, null, null, null, Map.of()));
    }

    @Test
    void waitsUntilTheVersionIsReady() {
        ModelVersion pending = pending();
        server.then(version("PENDING_REGISTRATION"), version("READY"));
        assertThat(VersionCreation.await(pending, registry, LONG, SHORT).status())
                .isEqualTo("READY");
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void doesNotWaitWithoutTime() {
        assertThat(VersionCreation.await(pending(), registry, Duration.ZERO, SHORT)
                        .status())
                .isEqualTo("PENDING_REGISTRATION");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void saysWhyAVersionIsNotReady() {
        ModelVersion pending = pending();
        server.then(version("FAILED_REGISTRATION"));
        assertThatThrownBy(() -> VersionCreation.await(pending, registry, LONG, SHORT))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("no room");
        server.otherwise(version("PENDING_REGISTRATION"));
        assertThatThrownBy(() -> VersionCreation.await(pending, registry, Duration.ofMillis(20), SHORT))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("is not ready after");
    }
}
