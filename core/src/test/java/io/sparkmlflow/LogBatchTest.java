package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import org.junit.jupiter.api.Test;

class LogBatchTest {
    private final LogBatch batch = new LogBatch();

    @Test
    void itTakesAThousandItemsOfWhichAHundredAreParamsAndAHundredTags() {
        for (int i = 0; i < 100; i++) {
            assertThat(batch.add(new Param("p" + i, "v"))).isTrue();
            assertThat(batch.add(new Tag("t" + i, "v"))).isTrue();
        }
        assertThat(batch.add(new Param("p100", "v"))).isFalse();
        assertThat(batch.add(new Tag("t100", "v"))).isFalse();
        for (int i = 0; i < 800; i++) {
            assertThat(batch.add(new Metric("m", i, i, i))).isTrue();
        }
        assertThat(batch.add(new Metric("m", 800, 800, 800))).isFalse();
        assertThat(batch.size()).isEqualTo(1000);
    }

    @Test
    void itStaysBelowAMillionBytes() {
        String threeBytes = "€".repeat(6_000);
        int taken = 0;
        while (batch.add(new Param("p" + taken, threeBytes))) {
            taken++;
        }
        assertThat(taken).isEqualTo(55);
    }

    @Test
    void escapesCount() {
        String escaped = "\u0001".repeat(6_000);
        int taken = 0;
        while (batch.add(new Tag("t" + taken, escaped))) {
            taken++;
        }
        assertThat(taken).isEqualTo(27);
    }

    @Test
    void whatIsTooLargeForAnyRequestGoesAlone() {
        assertThat(batch.add(new Tag("t", "x".repeat(2_000_000)))).isTrue();
        assertThat(batch.add(new Tag("u", ""))).isFalse();
    }

    @Test
    void aParamIsNotTwiceInOneRequest() {
        assertThat(batch.add(new Param("p", "1"))).isTrue();
        assertThat(batch.add(new Param("p", "1"))).isFalse();
    }

    @Test
    void halvesHaveEverything() {
        for (int i = 0; i < 7; i++) {
            batch.add(new Metric("m", i, i, i));
        }
        batch.add(new Tag("t", "v"));
        assertThat(batch.halves()).extracting(LogBatch::size).containsExactly(4, 4);
    }
}
