package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.testing.FaultServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The log goes to the standard error stream in tests. */
class LongValueNoticeTest {
    private final PrintStream stderr = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @BeforeEach
    void watchLog() {
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void leaveLog() {
        System.setErr(stderr);
    }

    private String said() {
        return log.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aLongValueIsNamedOnceAndNotShown() {
        LongValueNotice notice = new LongValueNotice("http://server");
        notice.params(List.of(new Param("fits", "\uD83D\uDE00".repeat(6000)), new Param("empty", null)));
        notice.tags(List.of(new Tag("fits", "t".repeat(8000))));
        assertThat(said()).isEmpty();
        notice.params(List.of(new Param("plan", "s3cret".repeat(2000))));
        assertThat(said())
                .contains("'plan' has 12000 characters and MLflow keeps 6000")
                .contains("http://server")
                .doesNotContain("s3cret");
        String once = said();
        notice.tags(Map.of("more", "t".repeat(9000)));
        assertThat(said()).isEqualTo(once);
    }

    @Test
    void everyCallOfTheStoreThatLogsValuesIsLookedAt() throws IOException {
        try (FaultServer server = FaultServer.start()) {
            server.otherwise(FaultServer.json("{\"run\": {\"info\": {\"run_id\": \"r1\", \"experiment_id\": \"7\","
                    + " \"status\": \"RUNNING\", \"start_time\": 1, \"lifecycle_stage\": \"active\"}}}"));
            Tag tag = new Tag("long", "t".repeat(8001));
            List<java.util.function.Consumer<RestTrackingStore>> calls = List.of(
                    store -> store.setTag("r1", tag),
                    store -> store.logBatch("r1", List.of(), List.of(), List.of(tag)),
                    store -> store.logBatch("r1", List.of(), List.of(new Param("long", tag.value())), List.of()),
                    store -> store.createRun(new CreateRun("7", null, null, 1, Map.of("long", tag.value()))));
            for (var call : calls) {
                log.reset();
                try (RestTrackingStore store =
                        RestTrackingStore.open(server.uri(), MlflowConfig.of(key -> null, Map.of()))) {
                    call.accept(store);
                    call.accept(store);
                }
                assertThat(said().split("'long' has 8001 characters", -1)).hasSize(2);
            }
            assertThat(server.requests().get(0).text()).contains(tag.value());
        }
    }
}
