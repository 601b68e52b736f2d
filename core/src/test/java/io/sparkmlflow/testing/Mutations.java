package io.sparkmlflow.testing;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Feeds a reader with damaged input: valid texts with a few random changes each. The same seed gives the same inputs.
 *
 * <p>Another run than the default: {@code -Dfuzz.seed=7 -Dfuzz.inputs=10000000}.
 */
public final class Mutations {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 100_000);
    private static final long SEED = Long.getLong("fuzz.seed", 20261124);
    private static final int MAX_LENGTH = 4_000;
    /** Against a reader that hangs, not one that is slow: all inputs take some seconds. */
    private static final Duration HANGS_AFTER = Duration.ofMinutes(10);

    private static final String ODD_CHARACTERS =
            "\0\t\n\r \"'`\\/-+.,:;=<>!?%&*@#~^|()[]{}_$0123456789aAeEnNuUxX\u00e9\u0085\u2028\ufeff\ud83d\ude00";

    private final List<String> corpus;
    private final List<String> words;
    private final Random random = new Random(SEED);
    private volatile String current = "";

    /**
     * @param corpus valid inputs
     * @param words what has a meaning in them
     */
    public Mutations(List<String> corpus, List<String> words) {
        this.corpus = List.copyOf(corpus);
        this.words = List.copyOf(words);
    }

    /** Runs a reader over each input. Whatever it throws fails the test, with the input. */
    public void feed(Consumer<String> reader) {
        assertTimeoutPreemptively(HANGS_AFTER, () -> feedAll(reader), () -> "It hangs with the input: " + current);
    }

    private void feedAll(Consumer<String> reader) {
        for (int i = 0; i < INPUTS; i++) {
            current = next();
            try {
                reader.accept(current);
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "Input " + i + " of the seed " + SEED + " ("
                                + e.getClass().getName() + "): " + current,
                        e);
            }
        }
    }

    private String next() {
        StringBuilder text = new StringBuilder(oneOf(corpus));
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            change(text);
        }
        text.setLength(Math.min(text.length(), MAX_LENGTH));
        return text.toString();
    }

    private void change(StringBuilder text) {
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + 1 + random.nextInt(random.nextBoolean() ? 3 : 60));
        switch (random.nextInt(10)) {
            case 0 -> text.delete(at, end);
            case 1 -> text.insert(at, text.substring(at, end));
            case 2 -> text.replace(at, end, character());
            case 3, 4 -> text.insert(at, character());
            case 5, 6 -> text.insert(at, oneOf(words));
            case 7 -> text.replace(at, end, oneOf(words));
            case 8 -> splice(text, at, end);
            default -> text.insert(at, oneOf(words).repeat(1 + random.nextInt(random.nextInt(50) == 0 ? 2000 : 5)));
        }
    }

    /** A piece of another input, at a line's or any other place. */
    private void splice(StringBuilder text, int at, int end) {
        String other = oneOf(corpus);
        int from = random.nextInt(other.length() + 1);
        int to = Math.min(other.length(), from + random.nextInt(200));
        text.replace(at, end, other.substring(from, to));
    }

    private String character() {
        char c = random.nextInt(8) == 0
                ? (char) random.nextInt(0x10000)
                : ODD_CHARACTERS.charAt(random.nextInt(ODD_CHARACTERS.length()));
        return String.valueOf(c);
    }

    private <T> T oneOf(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
