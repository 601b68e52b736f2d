package io.sparkmlflow.artifacts;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.FileInfo;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The files below one artifact root (a run's, a logged model's).
 *
 * <p>Paths are relative to the root, with {@code /} between names; {@code null} or the empty path is the root itself. A
 * path that would leave the root is refused with {@code INVALID_PARAMETER_VALUE}. Every method throws {@link
 * MlflowException} when the files cannot be read or written.
 */
public interface ArtifactStore extends AutoCloseable {

    /** Returns the root that this store was opened on. */
    String rootUri();

    /**
     * Copies a local file into a directory of the store, under its own name.
     *
     * @param directory the directory in the store, or {@code null} for the root
     */
    void uploadFile(Path localFile, String directory);

    /**
     * Copies what is in a local directory into a directory of the store. A reader sees an {@code MLmodel} file only
     * after every other file has arrived.
     */
    void uploadDirectory(Path localDirectory, String directory);

    /** Returns what lies directly in a directory, by name; empty if there is no such directory. */
    List<FileInfo> list(String directory);

    /** Opens a file for reading. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is no such file. */
    InputStream open(String path);

    /**
     * Copies a file or a whole directory to {@code destination}, which must not exist yet.
     *
     * @return {@code destination}
     */
    Path download(String path, Path destination);

    /** Deletes a file or a whole directory; a missing one is no error. */
    void delete(String path);

    /** Returns the local path of {@code path} if the files are on this machine's file system, else {@code null}. */
    default Path localPath(String path) {
        return null;
    }

    @Override
    default void close() {}
}
