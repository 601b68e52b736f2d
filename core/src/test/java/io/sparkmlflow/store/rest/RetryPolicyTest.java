package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private final RetryPolicy policy = new RetryPolicy(
            7, Duration.ofSeconds(2), Duration.ofSeconds(120), Duration.ofMillis(500), true, Duration.ofSeconds(360));

    @Test
    void waitsDoubleUpToTheLimit() {
        List<Long> seconds = java.util.stream.IntStream.rangeClosed(1, 7)
                .mapToObj(n ->
                        policy.pause(n, Duration.ZERO, null, 0).orElseThrow().toSeconds())
                .toList();
        assertThat(seconds).containsExactly(2L, 4L, 8L, 16L, 32L, 64L, 120L);
    }

    @Test
    void jitterIsAddedToTheWait() {
        assertThat(policy.pause(1, Duration.ZERO, null, 1)).contains(Duration.ofMillis(2500));
    }

    @Test
    void endsAfterTheLastRetry() {
        assertThat(policy.pause(8, Duration.ZERO, null, 0)).isEmpty();
    }

    @Test
    void endsBeforeTheDeadlineWouldPass() {
        assertThat(policy.pause(1, Duration.ofSeconds(357), null, 0)).isPresent();
        assertThat(policy.pause(1, Duration.ofSeconds(358), null, 0)).isEmpty();
    }

    @Test
    void serverDecidesTheWait() {
        assertThat(policy.pause(1, Duration.ZERO, Duration.ofSeconds(30), 1)).contains(Duration.ofSeconds(30));
        assertThat(policy.pause(1, Duration.ZERO, Duration.ofSeconds(360), 1)).isEmpty();
    }

    @Test
    void serverDoesNotDecideIfItMayNot() {
        RetryPolicy deaf = RetryPolicy.from(MlflowConfig.of(
                key -> null,
                Map.of("MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", "0", "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0.5")));
        assertThat(deaf.pause(1, Duration.ZERO, Duration.ofSeconds(30), 1)).contains(Duration.ofMillis(2500));
    }

    @Test
    void readsTheConfiguration() {
        MlflowConfig config = MlflowConfig.of(
                Map.of("spark.mlflow.http.timeoutSeconds", "5", "spark.mlflow.http.maxRetries", "2")::get, Map.of());
        RetryPolicy read = RetryPolicy.from(config);
        assertThat(read.maxRetries()).isEqualTo(2);
        assertThat(read.backoff()).isEqualTo(Duration.ofSeconds(2));
        assertThat(read.deadline()).isEqualTo(Duration.ofSeconds(15));
    }

    @Test
    void timeoutOfZeroIsRefused() {
        MlflowConfig config = MlflowConfig.of(Map.of("spark.mlflow.http.timeoutSeconds", "0")::get, Map.of());
        assertThatThrownBy(() -> RestClient.open("http://localhost", config))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("spark.mlflow.http.timeoutSeconds");
    }

    @Test
    void readsRetryAfterAsSecondsAndAsDate() {
        Instant now = Instant.parse("2026-11-23T12:00:00Z");
        assertThat(retryAfter("7", now)).isEqualTo(Duration.ofSeconds(7));
        assertThat(retryAfter("Mon, 23 Nov 2026 12:01:00 GMT", now)).isEqualTo(Duration.ofMinutes(1));
        assertThat(retryAfter("Mon, 23 Nov 2026 11:00:00 GMT", now)).isEqualTo(Duration.ZERO);
        assertThat(retryAfter("soon", now)).isNull();
    }

    private static Duration retryAfter(String value, Instant now) {
        HttpHeaders headers = HttpHeaders.of(Map.of("Retry-After", List.of(value)), (name, text) -> true);
        return new Answer(503, headers, new byte[0]).retryAfter(now);
    }
}
