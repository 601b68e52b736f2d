package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SparkVersionsTest {
    @Test
    void comparesLinesAsNumbersAndNotAsText() {
        assertThat(SparkVersions.isNewerLine("4.10.0", "4.9.1")).isTrue();
        assertThat(SparkVersions.isNewerLine("4.1.0", "3.5.9")).isTrue();
        assertThat(SparkVersions.isNewerLine("3.5.9", "4.1.0")).isFalse();
    }

    @Test
    void doesNotTakeAPatchForALine() {
        assertThat(SparkVersions.isNewerLine("4.1.4", "4.1.0")).isFalse();
        assertThat(SparkVersions.isNewerLine("4.1.4-amzn-0", "4.1.0")).isFalse();
        assertThat(SparkVersions.line("4.1.4-amzn-0")).isEqualTo("4.1");
    }

    @Test
    void saysNothingOfWhatIsNoVersion() {
        assertThat(SparkVersions.isNewerLine("null", "4.1.0")).isFalse();
        assertThat(SparkVersions.isNewerLine("99999999999.1", "4.1.0")).isFalse();
    }
}
