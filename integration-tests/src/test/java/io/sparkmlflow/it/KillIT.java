package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * {@code kill -9} of a writing process at 50 random points: Python's MLflow opens each file and finds in it all that a call
 * of the store had returned from, and no half of a batch.
 */
class KillIT {
    private static final int KILLS = 50;
    private static final int MOST_LINES = 120;
    private static final int MOST_EXTRA_MICROS = 3000;
    private static final long SEED = 4;

    @Test
    void whatWasAcknowledgedIsThereAndTheFileIsSound() throws Exception {
        Path directory = Checkout.newWorkFolder("kill");
        Random random = new Random(SEED);
        ExecutorService two = Executors.newFixedThreadPool(2);
        List<Map<String, Object>> killed = new ArrayList<>();
        try {
            List<Future<List<String>>> writers = new ArrayList<>();
            for (int i = 0; i < KILLS; i++) {
                Path file = directory.resolve("killed-" + i + ".db");
                // Some are killed while they create the tables.
                int lines = 1 + (i % 10 == 0 ? 0 : random.nextInt(MOST_LINES));
                int micros = random.nextInt(i % 10 == 0 ? 300 * MOST_EXTRA_MICROS : MOST_EXTRA_MICROS);
                writers.add(two.submit(() -> writeUntilKilled(directory, file, lines, micros)));
            }
            for (int i = 0; i < KILLS; i++) {
                killed.add(Map.of(
                        "file",
                        directory.resolve("killed-" + i + ".db").toString(),
                        "acknowledged",
                        writers.get(i).get()));
            }
        } finally {
            two.shutdownNow();
        }
        Path list = directory.resolve("killed.json");
        new ObjectMapper().writeValue(list.toFile(), killed);

        JsonNode found = PythonMlflow.run(directory, "check_acknowledged.py", list);
        assertThat(found.get("problems")).as("%s", found).isEmpty();
        assertThat(found.get("files").asInt()).isEqualTo(KILLS);
        long acknowledged = killed.stream()
                .mapToLong(one -> ((List<?>) one.get("acknowledged")).size())
                .sum();
        assertThat(found.get("acknowledged").asLong()).isEqualTo(acknowledged).isGreaterThan(10L * KILLS);
    }

    /** Returns the lines that the writer printed, the ones after the moment of the kill included. */
    private static List<String> writeUntilKilled(Path directory, Path file, int lines, int micros)
            throws IOException, InterruptedException {
        Process process = Processes.builder(
                        JavaProgram.command(KilledWriter.class, "sqlite:///" + file), directory, Map.of())
                .redirectError(directory.resolve(file.getFileName() + ".stderr").toFile())
                .start();
        List<String> acknowledged = new ArrayList<>();
        try (BufferedReader printed = process.inputReader(StandardCharsets.UTF_8)) {
            while (acknowledged.size() < lines) {
                String line = printed.readLine();
                if (line == null) {
                    throw new AssertionError("The writer ended by itself: "
                            + Files.readString(directory.resolve(file.getFileName() + ".stderr")));
                }
                acknowledged.add(line);
            }
            LockSupport.parkNanos(micros * 1000L);
            // Through the handle: the process's own method closes what it printed, unread.
            process.toHandle().destroyForcibly();
            // The last line may be cut, and then says nothing.
            StringBuilder rest = new StringBuilder();
            for (int c = printed.read(); c >= 0; c = printed.read()) {
                rest.append((char) c);
            }
            rest.substring(0, rest.lastIndexOf("\n") + 1).lines().forEach(acknowledged::add);
        }
        process.waitFor();
        return acknowledged;
    }
}
