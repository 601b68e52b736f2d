package io.sparkmlflow.artifacts;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.FileInfo;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The files below one artifact root (a run's, a logged model's); the root may be a single file too, which is then at the
 * empty path.
 *
 * <p>Paths are relative to the root, with {@code /} between names; {@code null} or the empty path is the root itself. A
 * path that would leave the root is refused with {@code INVALID_PARAMETER_VALUE}. Every method throws {@link
 * MlflowException} when the files cannot be read or written.
 *
 * <p>A file that was written has the size of what was to be written, else the call fails: so its return is the promise that
 * all bytes are there. What is on its way never has its final name on this machine, nor in a directory's listing.
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
     * Writes a file with what a stream gives, replacing one that is there. Reads the stream to its end and leaves closing it
     * to the caller; when reading fails, there is no file, or still the old one.
     *
     * @param path the file's path in the store; not empty
     */
    void upload(InputStream content, String path);

    /**
     * Copies what is in a local directory into a directory of the store. A reader sees an {@code MLmodel} file only
     * after every other file has arrived, whenever this is interrupted: an old one is deleted first, a new one comes last.
     */
    void uploadDirectory(Path localDirectory, String directory);

    /** Returns what lies directly in a directory, by name; empty if there is no such directory. */
    List<FileInfo> list(String directory);

    /**
     * Opens a file for reading from its start; the store must stay open meanwhile. A stream that ends before the file does
     * throws {@link java.io.IOException}, and so does one that gives nothing for too long. Close it.
     *
     * @throws MlflowException with {@code RESOURCE_DOES_NOT_EXIST} if there is no such file, {@code INVALID_PARAMETER_VALUE}
     *     if it is a directory
     */
    InputStream open(String path);

    /**
     * Copies a file or a whole directory to {@code destination}, which must not exist yet. It appears when everything has
     * arrived; when something fails, there is nothing.
     *
     * @return {@code destination}
     * @throws MlflowException with {@code RESOURCE_DOES_NOT_EXIST} if there is no such file or directory
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
