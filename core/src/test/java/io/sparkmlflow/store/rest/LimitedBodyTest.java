package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LimitedBodyTest {
    private final FaultServer server = FaultServer.start();
    private final Connections connections = new Connections(Duration.ofSeconds(5), Connections.FRESH);

    @AfterEach
    void close() throws IOException {
        connections.close();
        server.close();
    }

    private byte[] ask(int limit) throws IOException, InterruptedException {
        Sender sender = new Sender(connections, Authorization.NONE, HttpOptions.DEFAULT, Duration.ofSeconds(5));
        Sender.Message message =
                new Sender.Message("GET", URI.create(server.uri()), Map.of(), HttpRequest.BodyPublishers.noBody());
        return sender.send(message, LimitedBody.handler(limit), Sender.within(Duration.ofSeconds(5)), Repeat.ALWAYS)
                .body();
    }

    @Test
    void anAnswerMayBeAsLongAsTheLimit() throws Exception {
        server.then(FaultServer.json("x".repeat(100_000)));
        assertThat(ask(100_000)).hasSize(100_000);
    }

    @Test
    void aLongerOneIsAFailure() {
        server.then(FaultServer.json("x".repeat(100_001)));
        assertThatThrownBy(() -> ask(100_000))
                .isInstanceOf(AnswerTooLongException.class)
                .hasMessageContaining("100000 bytes");
    }

    @Test
    void aFailureOfThatKindIsNotRepeatedAndSaysWhatToDo() {
        Exchanges exchanges = new Exchanges(
                new RetryPolicy(3, Duration.ZERO, Duration.ZERO, Duration.ZERO, true, Duration.ofSeconds(5)));
        int[] attempts = {0};
        Exchanges.Attempt attempt = limit -> {
            attempts[0]++;
            throw new AnswerTooLongException(10);
        };
        assertThatThrownBy(() -> exchanges.execute(attempt, Repeat.ALWAYS, "GET x"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("smaller maxResults")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.INTERNAL_ERROR);
        assertThat(attempts[0]).isEqualTo(1);
    }

    @Test
    void ofALongErrorTheBeginningIsTold() throws IOException {
        String page = "<html>no such page " + "x".repeat(5 << 20);
        server.then(FaultServer.reply(404, "text/html", page));
        try (RestTrackingStore store = RestTrackingStore.open(server.uri(), MlflowConfig.of(key -> null, Map.of()))) {
            assertThatThrownBy(() -> store.getExperiment("1"))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("<html>no such page")
                    .extracting("errorCode")
                    .isEqualTo(ErrorCode.ENDPOINT_NOT_FOUND);
        }
    }
}
