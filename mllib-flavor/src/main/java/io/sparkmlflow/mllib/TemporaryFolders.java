package io.sparkmlflow.mllib;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes folders that were only on the way. */
public final class TemporaryFolders {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolders.class);

    private TemporaryFolders() {}

    /** Deletes a folder with all that is in it. A missing one is no error; what cannot be deleted is left and noted. */
    public static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.debug("Cannot delete the temporary folder {}", folder, e);
        }
    }
}
