package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoggedBatchesTest {
    private static final long SECOND = 1000;
    private static final long HOUR = 3600 * SECOND;

    private final LoggedBatches batches = new LoggedBatches();

    @Test
    void aQueryThatFitsEachSecondIsLoggedNowAndThen() {
        assertThat(logged("fast", 3600, SECOND)).isEqualTo(LoggedBatches.FIRST + 5);
    }

    @Test
    void aQueryThatFitsEachHourIsLoggedEachTime() {
        assertThat(logged("slow", 1000, HOUR)).isEqualTo(1000);
    }

    @Test
    void theFitsOfOneMicroBatchStayTogether() {
        for (int batch = 0; batch < LoggedBatches.FIRST; batch++) {
            assertThat(contains("query", batch, 0)).isTrue();
            assertThat(contains("query", batch, 0)).isTrue();
        }
        assertThat(contains("query", 99, 1)).isFalse();
        assertThat(contains("query", 99, HOUR)).isFalse();
        assertThat(contains("other", 99, 1)).isTrue();
    }

    private int logged(String query, int count, long distance) {
        int logged = 0;
        for (int batch = 0; batch < count; batch++) {
            logged += contains(query, batch, batch * distance) ? 1 : 0;
        }
        return logged;
    }

    private boolean contains(String query, long batch, long time) {
        return batches.contains(new MicroBatch(query, null, batch), time);
    }
}
