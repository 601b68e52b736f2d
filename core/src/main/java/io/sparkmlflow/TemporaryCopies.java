package io.sparkmlflow;

import java.io.File;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Folders that are needed until the JVM ends: a loaded model may read its files late. */
final class TemporaryCopies {
    private static final Queue<Path> FOLDERS = new ConcurrentLinkedQueue<>();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> FOLDERS.forEach(folder -> delete(folder.toFile())), "mlflow-temporary-folders"));
    }

    private TemporaryCopies() {}

    static void deleteAtExit(Path folder) {
        FOLDERS.add(folder);
    }

    private static void delete(File file) {
        File[] children = file.listFiles();
        if (children != null) {
            for (File child : children) {
                delete(child);
            }
        }
        boolean ignored = file.delete();
    }
}
