package io.sparkmlflow.listener.delivery;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a spool was sent: a file beside it, of the same kind, with a record {@code done} for each call that was answered, after
 * a record {@code run <local id> <id>} if it made a run.
 */
final class ReplayProgress implements Closeable {
    private static final String DONE = "done";

    private final SpoolFile file;
    private final Map<String, String> runs = new LinkedHashMap<>();
    private int done;

    private ReplayProgress(SpoolFile file) {
        this.file = file;
    }

    static ReplayProgress open(Path folder) throws IOException {
        Path path = folder.resolve("progress");
        Map<String, String> runs = new LinkedHashMap<>();
        int done = 0;
        if (Files.exists(path)) {
            for (byte[] record : SpoolFile.read(path)) {
                String[] words = new String(record, StandardCharsets.UTF_8).split(" ");
                if (words[0].equals(DONE)) {
                    done++;
                } else {
                    runs.put(words[1], words[2]);
                }
            }
        }
        ReplayProgress progress = new ReplayProgress(SpoolFile.append(path));
        progress.runs.putAll(runs);
        progress.done = done;
        return progress;
    }

    /** Returns how many calls were answered. */
    int done() {
        return done;
    }

    void advance() {
        add(DONE);
        done++;
    }

    void created(String localId, String runId) {
        add("run " + localId + " " + runId);
        runs.put(localId, runId);
    }

    /** Returns the store's id of a run. */
    String run(String id) {
        return runs.getOrDefault(id, id);
    }

    Map<String, String> runs() {
        return Map.copyOf(runs);
    }

    private void add(String record) {
        try {
            file.add(record.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write how far the spool was sent", e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
