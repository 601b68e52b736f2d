package io.sparkmlflow;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.TrackingStore;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What {@link MlflowClient} does with the files of runs and logged models.
 *
 * <p>A path in a run or model is relative, with {@code /} between names; {@code null} is the root. Every method throws {@link
 * MlflowException} when the files cannot be read or written, with {@code INVALID_PARAMETER_VALUE} for a path that would
 * lead out of the run.
 */
public sealed interface ArtifactCalls permits MlflowClient {

    /** Returns the store that knows where a run's files are. */
    TrackingStore tracking();

    /** Opens an artifact root, such as a run's {@code artifactUri}. */
    ArtifactStore openArtifacts(String artifactUri);

    /** Uploads a file under its own name to the root of a run's artifacts. */
    default void logArtifact(String runId, Path localFile) {
        logArtifact(runId, localFile, null);
    }

    /**
     * Uploads a file, or a directory under its own name, to a directory of a run's artifacts.
     *
     * @param artifactPath the directory in the run, or {@code null} for the root
     */
    default void logArtifact(String runId, Path local, String artifactPath) {
        try (ArtifactStore artifacts = ofRun(runId)) {
            if (Files.isDirectory(local)) {
                String name = local.toAbsolutePath().normalize().getFileName().toString();
                artifacts.uploadDirectory(local, artifactPath == null ? name : artifactPath + "/" + name);
            } else {
                artifacts.uploadFile(local, artifactPath);
            }
        }
    }

    /** Uploads what is in a directory to the root of a run's artifacts. */
    default void logArtifacts(String runId, Path localDirectory) {
        logArtifacts(runId, localDirectory, null);
    }

    /** Uploads what is in a directory to a directory of a run's artifacts. */
    default void logArtifacts(String runId, Path localDirectory, String artifactPath) {
        try (ArtifactStore artifacts = ofRun(runId)) {
            artifacts.uploadDirectory(localDirectory, artifactPath);
        }
    }

    /**
     * Writes a text, in UTF-8, as an artifact.
     *
     * @param artifactFile the file in the run, such as {@code dir/notes.txt}
     */
    default void logText(String runId, String text, String artifactFile) {
        logStream(runId, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), artifactFile);
    }

    /**
     * Writes a dictionary as an artifact: as YAML if the name ends in {@code .yaml} or {@code .yml}, else as JSON.
     *
     * @param dictionary texts, numbers, booleans, {@code null}, lists and maps of these
     */
    default void logDict(String runId, Map<String, ?> dictionary, String artifactFile) {
        logText(runId, ArtifactTexts.ofDict(dictionary, artifactFile), artifactFile);
    }

    /** Writes what a stream gives, to its end, as an artifact. The stream is not closed. */
    default void logStream(String runId, InputStream content, String artifactFile) {
        try (ArtifactStore artifacts = ofRun(runId)) {
            artifacts.upload(content, artifactFile);
        }
    }

    /**
     * Writes an image as an artifact, in the format that the file's name ends in: {@code .png}, {@code .jpg}, {@code .gif} or
     * {@code .bmp}. The module {@code java.desktop} is needed for this, and for nothing else.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} for another ending
     */
    default void logImage(String runId, BufferedImage image, String artifactFile) {
        logStream(runId, new ByteArrayInputStream(Images.encode(image, artifactFile)), artifactFile);
    }

    /** Writes an image of a key at a step, now; see {@link #logImage(String, BufferedImage, String, long, long)}. */
    default void logImage(String runId, BufferedImage image, String key, long step) {
        logImage(runId, image, key, step, System.currentTimeMillis());
    }

    /**
     * Writes an image of a key at a step, which MLflow's web page shows along the steps: as {@code images/…png} and, for the
     * overview, a small one beside it.
     *
     * @param key letters, digits, {@code _}, {@code -}, {@code .}, {@code /} and blanks
     * @param timestamp milliseconds since the epoch
     */
    default void logImage(String runId, BufferedImage image, String key, long step, long timestamp) {
        String path = Images.path(key, step, timestamp);
        logImage(runId, image, path + ".png");
        logImage(runId, Images.small(image), path + "+compressed.png");
        tracking().setTag(runId, new Tag(MlflowTags.LOGGED_IMAGES, "True"));
    }

    /**
     * Writes a drawing as an artifact: what a plotting library gives as bytes, of the kind that the file's name ends in, such as
     * {@code .png}, {@code .svg}, {@code .html} or {@code .pdf}. A drawing that is a text (SVG, HTML) may go through {@link
     * #logText}, one that is a {@code BufferedImage} through {@link #logImage(String, BufferedImage, String)}: for the JVM has no
     * figures of its own, as Python has matplotlib's and plotly's.
     */
    default void logFigure(String runId, byte[] figure, String artifactFile) {
        logStream(runId, new ByteArrayInputStream(figure), artifactFile);
    }

    /**
     * Writes a table as a JSON artifact that MLflow's web page shows as one; its rows are added to those that are there.
     *
     * @param artifactFile the file in the run; must end in {@code .json}
     */
    default void logTable(String runId, Table table, String artifactFile) {
        requireJson(artifactFile);
        try (ArtifactStore artifacts = ofRun(runId)) {
            Table all = find(artifacts, artifactFile) == null
                    ? table
                    : readTable(artifacts, artifactFile).followedBy(table);
            byte[] json = ArtifactTexts.ofTable(all).getBytes(StandardCharsets.UTF_8);
            artifacts.upload(new ByteArrayInputStream(json), artifactFile);
        }
        String old = tracking().getRun(runId).data().tags().get(MlflowTags.LOGGED_ARTIFACTS);
        String tag = ArtifactTexts.withTable(old, artifactFile);
        if (!tag.equals(old)) {
            tracking().setTag(runId, new Tag(MlflowTags.LOGGED_ARTIFACTS, tag));
        }
    }

    /** Reads a table that {@link #logTable}, here or in Python, has written to a run. */
    default Table loadTable(String runId, String artifactFile) {
        requireJson(artifactFile);
        try (ArtifactStore artifacts = ofRun(runId)) {
            return readTable(artifacts, artifactFile);
        }
    }

    /**
     * Reads the tables of one name that several runs of an experiment have, as Python's {@code load_table} does: those of the
     * newest run first, with the columns of any; what a row lacks is {@code null}.
     *
     * @param runIds the runs to look at; empty for all. Those without the table are skipped
     * @param extraColumns what to add to each row of its run: {@code run_id}, {@code experiment_id}, {@code status}, {@code
     *     artifact_uri}, {@code start_time} and {@code end_time} (in milliseconds since the epoch), {@code params.x}, {@code
     *     tags.x}, {@code metrics.x}. A name that the table has gets an underscore
     * @throws MlflowException with {@code RESOURCE_DOES_NOT_EXIST} if no run has such a table
     */
    default Table loadTables(String experimentId, String artifactFile, List<String> runIds, List<String> extraColumns) {
        requireJson(artifactFile);
        return new RunTables((MlflowClient) this, artifactFile, extraColumns).load(experimentId, runIds);
    }

    private static void requireJson(String artifactFile) {
        if (!artifactFile.endsWith(".json")) {
            throw MlflowException.invalidParameter(
                    "'" + artifactFile + "' cannot hold a table: expected a name that ends in .json");
        }
    }

    private static FileInfo find(ArtifactStore artifacts, String path) {
        int slash = path.lastIndexOf('/');
        return artifacts.list(slash < 0 ? null : path.substring(0, slash)).stream()
                .filter(file -> file.path().equals(path))
                .findFirst()
                .orElse(null);
    }

    private static Table readTable(ArtifactStore artifacts, String path) {
        try (InputStream content = artifacts.open(path)) {
            return ArtifactTexts.toTable(new String(content.readAllBytes(), StandardCharsets.UTF_8), path);
        } catch (IOException e) {
            throw new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot read the artifact '" + path + "': " + e, e);
        }
    }

    /** Returns what lies directly in the root of a run's artifacts, by name. */
    default List<FileInfo> listArtifacts(String runId) {
        return listArtifacts(runId, null);
    }

    /** Returns what lies directly in a directory of a run's artifacts, by name; empty if there is no such directory. */
    default List<FileInfo> listArtifacts(String runId, String path) {
        try (ArtifactStore artifacts = ofRun(runId)) {
            return artifacts.list(path);
        }
    }

    /**
     * Copies a file or directory of a run's artifacts to this machine.
     *
     * @param path in the run; {@code ""} for all of it
     * @param destination where to: a path that does not exist yet; or a directory that does, in which the copy has the path that
     *     it has in the run, as in Python, and takes the place of files that are there
     * @return where the copy is
     */
    default Path downloadArtifacts(String runId, String path, Path destination) {
        try (ArtifactStore artifacts = ofRun(runId)) {
            return Downloads.to(destination, artifacts, path, path == null ? "" : path);
        }
    }

    /** Copies a file or directory of a run's artifacts into a folder that is deleted when the JVM ends, and returns where it is. */
    default Path downloadArtifacts(String runId, String path) {
        try (ArtifactStore artifacts = ofRun(runId)) {
            return Downloads.toTemporaryFolder(artifacts, path, path == null ? "" : path);
        }
    }

    /**
     * Opens a file of a run's artifacts for reading from its start. Close it.
     *
     * @throws MlflowException with {@code RESOURCE_DOES_NOT_EXIST} if there is no such file
     */
    default InputStream openArtifact(String runId, String path) {
        return open(ofRun(runId), path);
    }

    private static InputStream open(ArtifactStore artifacts, String path) {
        boolean opened = false;
        try {
            InputStream content = new ClosingInputStream(artifacts.open(path), artifacts);
            opened = true;
            return content;
        } finally {
            if (!opened) {
                artifacts.close();
            }
        }
    }

    /** Deletes a file or directory of a run's artifacts; a missing one is no error. */
    default void deleteArtifacts(String runId, String path) {
        try (ArtifactStore artifacts = ofRun(runId)) {
            artifacts.delete(path);
        }
    }

    /** Uploads a file under its own name to the root of a logged model's files. */
    default void logModelArtifact(String modelId, Path localFile) {
        logModelArtifact(modelId, localFile, null);
    }

    /** Uploads a file under its own name to a directory of a logged model's files; {@code null} for the root. */
    default void logModelArtifact(String modelId, Path localFile, String artifactPath) {
        try (ArtifactStore artifacts = ofModel(modelId)) {
            artifacts.uploadFile(localFile, artifactPath);
        }
    }

    /** Uploads what is in a directory to the root of a logged model's files. */
    default void logModelArtifacts(String modelId, Path localDirectory) {
        logModelArtifacts(modelId, localDirectory, null);
    }

    /** Uploads what is in a directory to a directory of a logged model's files; {@code null} for the root. */
    default void logModelArtifacts(String modelId, Path localDirectory, String artifactPath) {
        try (ArtifactStore artifacts = ofModel(modelId)) {
            artifacts.uploadDirectory(localDirectory, artifactPath);
        }
    }

    /** Copies a file or directory of a logged model, see {@link #downloadArtifacts(String, String, Path)}. */
    default Path downloadLoggedModelArtifacts(String modelId, String path, Path destination) {
        try (ArtifactStore artifacts = ofModel(modelId)) {
            return Downloads.to(destination, artifacts, path, path == null ? "" : path);
        }
    }

    /** Opens a file of a logged model for reading from its start, see {@link #openArtifact}. */
    default InputStream openLoggedModelArtifact(String modelId, String path) {
        return open(ofModel(modelId), path);
    }

    /** Deletes a file or directory of a logged model; a missing one is no error. */
    default void deleteLoggedModelArtifacts(String modelId, String path) {
        try (ArtifactStore artifacts = ofModel(modelId)) {
            artifacts.delete(path);
        }
    }

    /** Returns what lies directly in a directory of a logged model's files, by name; {@code null} for the root. */
    default List<FileInfo> listLoggedModelArtifacts(String modelId, String path) {
        try (ArtifactStore artifacts = ofModel(modelId)) {
            return artifacts.list(path);
        }
    }

    private ArtifactStore ofRun(String runId) {
        return openArtifacts(tracking().getRun(runId).info().artifactUri());
    }

    private ArtifactStore ofModel(String modelId) {
        return openArtifacts(tracking().getLoggedModel(modelId).artifactUri());
    }
}
