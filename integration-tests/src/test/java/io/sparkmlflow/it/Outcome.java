package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;

/** How a process ended and what it wrote. */
record Outcome(String command, int exitCode, String stdout, String stderr) {
    /** A line of the log layout that {@link SparkCommand} sets: level, full logger name, message. */
    private static final Pattern OUR_WARNING =
            Pattern.compile("^(WARN|ERROR|FATAL) io\\.sparkmlflow\\.?\\S*: .*", Pattern.MULTILINE);

    /** Fails with the end of both streams unless the process exited with 0. */
    Outcome assertSucceeded() {
        assertThat(exitCode)
                .withFailMessage(
                        "Exit code %d of %s%n--- stdout%n%s%n--- stderr%n%s",
                        exitCode, command, tail(stdout), tail(stderr))
                .isZero();
        return this;
    }

    List<String> stdoutLines() {
        return stdout.lines().toList();
    }

    /** Returns what a program said with a line {@code RESULT …}. */
    List<String> results() {
        return stdoutLines().stream()
                .filter(line -> line.startsWith("RESULT "))
                .map(line -> line.substring("RESULT ".length()))
                .toList();
    }

    /** Returns what spark-mlflow logged at level WARN or above. */
    List<String> ourWarnings() {
        return OUR_WARNING.matcher(stderr).results().map(match -> match.group()).toList();
    }

    private static String tail(String text) {
        int limit = 6000;
        return text.length() <= limit ? text : "…" + text.substring(text.length() - limit);
    }
}
