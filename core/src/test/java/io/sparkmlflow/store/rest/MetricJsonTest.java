package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.entities.Metric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricJsonTest {
    @ParameterizedTest
    @ValueSource(doubles = {0, -0.0, 0.1, 1.0 / 3, 1e10, 4.9e-324, Double.MAX_VALUE, -123456789.123456789, 1e-7})
    void finiteNumbersComeBackExactly(double value) throws IOException {
        Metric metric = new Metric("m", value, 1L, -2L);
        JsonNode sent = Json.parse(Json.toBytes(MetricJson.toJson(metric)));
        assertThat(sent.path("value").isNumber()).isTrue();
        assertThat(MetricJson.fromJson(sent)).isEqualTo(metric);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void otherNumbersAreText(double value) throws IOException {
        Metric metric = new Metric("m", value, 1L, 2L, "m-1", "d", "abc");
        JsonNode sent = Json.parse(Json.toBytes(MetricJson.toJson(metric)));
        assertThat(sent.path("value").asText()).isIn("NaN", "Infinity", "-Infinity");
        assertThat(sent.path("value").isTextual()).isTrue();
        assertThat(MetricJson.fromJson(sent)).isEqualTo(metric);
    }

    @Test
    void numbersAsTextAndBareNanAreRead() throws IOException {
        String json = "{\"key\": \"m\", \"value\": NaN, \"timestamp\": \"1795462352544\", \"step\": \"-3\"}";
        Metric metric = MetricJson.fromJson(Json.parse(json.getBytes(StandardCharsets.UTF_8)));
        assertThat(metric).isEqualTo(new Metric("m", Double.NaN, 1795462352544L, -3L));
    }
}
