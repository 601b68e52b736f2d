package io.sparkmlflow;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** Copies artifacts to where a caller wants them. */
final class Downloads {
    private Downloads() {}

    /**
     * Copies a file or directory to a path that does not exist yet; or, as Python does, into a directory that is there, with its
     * path in the store below. Files that are in the way there are replaced when everything has arrived.
     *
     * @param path what to copy; {@code ""} for all
     * @param name where it comes in a directory that is there; {@code ""} for the directory itself
     * @return where it is
     */
    static Path to(Path destination, ArtifactStore artifacts, String path, String name) {
        if (!Files.isDirectory(destination)) {
            return artifacts.download(path, destination);
        }
        try {
            Path arrived = Files.createTempDirectory(destination, ".mlflow-download-");
            try {
                Path from = artifacts.download(path, arrived.resolve("artifacts"));
                Path to = name.isEmpty() ? destination : destination.resolve(name);
                move(from, to);
                return to;
            } finally {
                TemporaryFolders.delete(arrived);
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /** Copies a file or directory into a folder that is deleted when the JVM ends. */
    static Path toTemporaryFolder(ArtifactStore artifacts, String path, String name) {
        try {
            return to(TemporaryFolders.createUntilExit(), artifacts, path, name);
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        List<Path> all;
        try (Stream<Path> tree = Files.walk(from)) {
            all = tree.toList();
        }
        for (Path each : all) {
            Path target =
                    each.equals(from) ? to : to.resolve(from.relativize(each).toString());
            if (Files.isDirectory(each)) {
                Files.createDirectories(target);
            } else {
                Files.createDirectories(target.toAbsolutePath().getParent());
                Files.move(each, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static MlflowException failed(String path, IOException cause) {
        return new MlflowException(
                ErrorCode.INTERNAL_ERROR, "Cannot store the artifact '" + path + "' on this machine: " + cause, cause);
    }
}
