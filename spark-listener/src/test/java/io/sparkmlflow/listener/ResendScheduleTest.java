package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResendScheduleTest {
    private final AtomicLong now = new AtomicLong();
    private ResendSchedule schedule;

    @BeforeEach
    void make() {
        schedule = new ResendSchedule(now::get, Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(100));
    }

    @Test
    void aStoreThatStaysAwayIsAskedEverMoreRarely() {
        assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(30));
        schedule.failed();
        assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(60));
        schedule.failed();
        assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(100));
        schedule.failed();
        assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(100));
    }

    @Test
    void oneThatIsBackGetsWhatComesSoon() {
        schedule.failed();
        schedule.failed();
        schedule.succeeded();
        assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(5));
        schedule.failed();
        assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void timePasses() {
        schedule.untilNext();
        now.addAndGet(Duration.ofSeconds(12).toNanos());
        assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(18));
        now.addAndGet(Duration.ofSeconds(20).toNanos());
        assertThat(schedule.untilNext()).isZero();
    }
}
