package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ThinningTest {
    @Test
    void theDistanceDoublesWithEachCapacity() {
        assertThat(kept(new Thinning(3), 40)).containsExactly(0L, 1L, 2L, 4L, 6L, 8L, 12L, 16L, 20L, 24L, 32L);
    }

    @Test
    void aVeryLongSeriesStaysSmall() {
        assertThat(kept(new Thinning(60), 10_000_000)).hasSizeLessThan(60 * 19);
    }

    private static List<Long> kept(Thinning thinning, long length) {
        List<Long> kept = new ArrayList<>();
        LongStream.range(0, length).filter(i -> thinning.keepsNext()).forEach(kept::add);
        return kept;
    }
}
