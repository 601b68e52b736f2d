package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MembersTest {
    /** Its methods are bridges in public classes below it, as those of Iceberg's tables are. */
    static class Hidden {
        private final String written = "written";

        public String shown() {
            return "shown";
        }
    }

    /** The public class that is seen. */
    public static final class Seen extends Hidden {
        /** Nothing of its own. */
        public Seen() {}
    }

    @Test
    void aMethodOfAClassThatIsNotPublicIsFound() {
        assertThat(Members.of(new Seen(), "shown")).isEqualTo("shown");
        assertThat(Members.of(new Seen(), "missing")).isNull();
    }

    @Test
    void aFieldIsReadWhereverItIs() {
        assertThat(Members.field(new Seen(), "written")).isEqualTo("written");
        assertThat(Members.field(new Seen(), "missing")).isNull();
        assertThat(Members.field(null, "written")).isNull();
    }
}
