package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class WarningsTest {
    private static final Logger LOG = LoggerFactory.getLogger(WarningsTest.class);

    @Test
    void anApplicationHasOneWarning() {
        try (OurWarnings said = OurWarnings.listen()) {
            Warnings.startApplication();
            Warnings.ofThisApplication().once(LOG, "first");
            Warnings.ofThisApplication().once(LOG, "second");
            assertThat(said.messages()).containsExactly("first");
        }
    }

    @Test
    void whatAnApplicationSaysLateLeavesTheNextItsOwn() {
        try (OurWarnings said = OurWarnings.listen()) {
            Warnings.startApplication();
            Guard late = new Guard();
            Warnings.startApplication();
            Guard next = new Guard();
            late.run(() -> fail("late"));
            next.run(() -> fail("its own"));
            next.run(() -> fail("no more"));
            assertThat(said.messages()).hasSize(2);
            assertThat(said.messages().get(0)).contains("late");
            assertThat(said.messages().get(1)).contains("its own");
        }
    }

    private static void fail(String message) {
        throw new IllegalStateException(message);
    }
}
