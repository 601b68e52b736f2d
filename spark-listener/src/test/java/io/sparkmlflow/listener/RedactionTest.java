package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {
    @ParameterizedTest
    @CsvSource({
        "spark.hadoop.fs.s3a.secret.key, AKIA",
        "spark.my.password, x",
        "spark.api.token, x",
        "spark.my.access.key, x",
        "spark.executorEnv.API_KEY, x",
        "spark.some.url, jdbc:x?password=geheim"
    })
    void takesOutWhatLooksLikeASecret(String key, String value) {
        assertThat(Redaction.of(new SparkConf(false)).apply(key, value)).isEqualTo("*********(redacted)");
    }

    @Test
    void followsSparksOwnSetting() {
        SparkConf conf = new SparkConf(false).set("spark.redaction.regex", "(?i)customer");

        assertThat(Redaction.of(conf).apply("spark.customer.id", "7")).isEqualTo("*********(redacted)");
        assertThat(Redaction.of(conf).apply("spark.my.password", "7")).isEqualTo("*********(redacted)");
    }

    @Test
    void takesTheUserOutOfAUrl() {
        assertThat(Redaction.of(new SparkConf(false)).apply("spark.mlflow.trackingUri", "https://me:pw@host/x"))
                .isEqualTo("https://host/x");
    }

    @Test
    void leavesOrdinaryValuesAlone() {
        assertThat(Redaction.of(new SparkConf(false)).apply("spark.sql.shuffle.partitions", "200"))
                .isEqualTo("200");
    }
}
