package io.sparkmlflow.artifacts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Local folders that files are in only on their way. */
public final class TemporaryFolders {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolders.class);
    private static final Queue<Path> UNTIL_EXIT = new ConcurrentLinkedQueue<>();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> UNTIL_EXIT.forEach(TemporaryFolders::delete), "mlflow-temporary-folders"));
    }

    private TemporaryFolders() {}

    /** Makes an empty folder in the system's place for them. */
    public static Path create() throws IOException {
        return Files.createTempDirectory("spark-mlflow-");
    }

    /** Makes one that is deleted when the JVM ends. */
    public static Path createUntilExit() throws IOException {
        Path folder = create();
        deleteAtExit(folder);
        return folder;
    }

    /** Deletes a folder when the JVM ends. */
    public static void deleteAtExit(Path folder) {
        UNTIL_EXIT.add(folder);
    }

    /** Deletes a folder with all that is in it. A missing one is no error; what cannot be deleted is left and noted. */
    public static void delete(Path folder) {
        try {
            LocalFiles.deleteTree(folder);
        } catch (IOException e) {
            LOG.debug("Cannot delete the temporary folder {}", folder, e);
        }
    }
}
