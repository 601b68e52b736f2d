package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.TemporaryFolders;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;

/**
 * What one JVM has written for a server and no other process has to see yet: the files below {@code _temporary}, and empty
 * directories. A local tree with the names that the files have on the server.
 *
 * <p>Hadoop's committers write an attempt's files below {@code _temporary} and rename them twice: in the executor when the task
 * is done, in the driver when the job is. The first time they become files of the server, unless the driver is where tasks
 * run; then it is the second time.
 *
 * <p>Tasks come and go in the same directories: what adds to the tree and what takes directories away wait for each other.
 */
final class ArtifactStaging {
    private static final String TEMPORARY = "_temporary";
    private static final Map<String, ArtifactStaging> BY_SERVER = new ConcurrentHashMap<>();

    private final Path root;

    private ArtifactStaging(Path root) {
        this.root = root;
    }

    /** Returns the one of this JVM for a server. */
    static ArtifactStaging of(String server) throws IOException {
        try {
            return BY_SERVER.computeIfAbsent(server, key -> create());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static ArtifactStaging create() {
        try {
            return new ArtifactStaging(TemporaryFolders.createUntilExit());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether a path leads through a committer's folder: such a file is written here first. */
    static boolean isTemporary(String key) {
        return ("/" + key + "/").contains("/" + TEMPORARY + "/");
    }

    /** Returns whether nothing of a path is ever on the server, because this JVM is the only one that writes there. */
    boolean owns(String key) {
        return isTemporary(key) && isAlone();
    }

    /** In a local master the driver is the one executor. */
    private static boolean isAlone() {
        SparkEnv environment = SparkEnv.get();
        return environment == null
                || environment.conf().get("spark.master", "local").matches("local(\\[.*)?");
    }

    /** Returns where a file or directory would be; an empty path is the root. */
    Path path(String key) {
        return root.resolve(key);
    }

    boolean hasFile(String key) {
        return Files.isRegularFile(path(key));
    }

    boolean hasDirectory(String key) {
        return Files.isDirectory(path(key));
    }

    /** Returns the names in a directory. */
    synchronized List<String> list(String key) throws IOException {
        if (!hasDirectory(key)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(path(key))) {
            return children.map(child -> child.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** Returns what writes a file, which is there at once, so that nobody takes its directory for an empty one. */
    synchronized OutputStream newFile(String key) throws IOException {
        Files.createDirectories(path(key).getParent());
        return Files.newOutputStream(path(key));
    }

    synchronized void newDirectory(String key) throws IOException {
        Files.createDirectories(path(key));
    }

    /** Deletes a file or tree, and the directories above that are empty then: the server has no empty ones either. */
    synchronized void delete(String key) throws IOException {
        TemporaryFolders.delete(path(key));
        for (Path parent = path(key).getParent(); !parent.equals(root); parent = parent.getParent()) {
            if (Files.isDirectory(parent) && !isEmpty(parent)) {
                return;
            }
            Files.deleteIfExists(parent);
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.findAny().isEmpty();
        }
    }
}
