package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.entities.FileInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Folders in artifact stores, with all that is below them. */
final class ArtifactTrees {
    private ArtifactTrees() {}

    /** Copies a folder of a store into another store. */
    static void copy(ArtifactStore from, String folder, ArtifactStore to, String target) throws IOException {
        Path local = from.localPath(folder);
        if (local != null) {
            to.uploadDirectory(local, target);
            return;
        }
        for (FileInfo file : from.list(folder)) {
            String copy = join(target, file.path().substring(file.path().lastIndexOf('/') + 1));
            if (file.isDirectory()) {
                copy(from, file.path(), to, copy);
            } else {
                try (InputStream content = from.open(file.path())) {
                    to.upload(content, copy);
                }
            }
        }
    }

    /** Returns the path of something in a folder; {@code null} and the empty path are the store's root. */
    static String join(String folder, String name) {
        return folder == null || folder.isEmpty() ? name : folder + "/" + name;
    }
}
