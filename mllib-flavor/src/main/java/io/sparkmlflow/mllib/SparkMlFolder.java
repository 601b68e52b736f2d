package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The names of the files that Spark wrote for a model, {@code sparkml} in the model's folder, on any file system of Hadoop.
 *
 * <p>Listed once; nothing is read until {@link #stages()} asks.
 */
final class SparkMlFolder {
    private static final String SUCCESS = "_SUCCESS";
    private static final String METADATA = "metadata";
    private static final String MLLIB = "org.apache.spark.ml.";

    private final String modelUri;
    private final FileSystem fileSystem;
    private final Path root;
    private final NavigableSet<String> files;
    private final long size;

    private SparkMlFolder(String modelUri, FileSystem fileSystem, Path root, NavigableSet<String> files, long size) {
        this.modelUri = modelUri;
        this.fileSystem = fileSystem;
        this.root = root;
        this.files = files;
        this.size = size;
    }

    /**
     * Lists a folder with all that is below it.
     *
     * @param modelUri for messages
     */
    static SparkMlFolder list(Configuration hadoop, String uri, String modelUri) throws IOException {
        Path path = new Path(uri);
        FileSystem named = path.getFileSystem(hadoop);
        // The one for this machine's disk hides its checksum files.
        FileSystem raw = named instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : named;
        Path root = raw.makeQualified(path);
        int start = root.toUri().getPath().length() + 1;
        NavigableSet<String> files = new TreeSet<>();
        long size = 0;
        try {
            for (FileStatus file : named == raw ? allFiles(raw, root) : filesOfThisDisk(raw, root)) {
                files.add(file.getPath().toUri().getPath().substring(start));
                size += file.getLen();
            }
        } catch (FileNotFoundException e) {
            throw new MlflowException(
                    ErrorCode.DATA_LOSS,
                    "The model " + modelUri + " is incomplete: its MLmodel names the folder " + root
                            + ", which is not there. Download or log it again",
                    e);
        }
        return new SparkMlFolder(modelUri, raw, root, files, size);
    }

    /** An object store answers for a whole tree at once. */
    private static List<FileStatus> allFiles(FileSystem fileSystem, Path root) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        RemoteIterator<LocatedFileStatus> listed = fileSystem.listFiles(root, true);
        while (listed.hasNext()) {
            found.add(listed.next());
        }
        return found;
    }

    /** Folder by folder: to say in one listing where files are, Hadoop would start {@code ls} for the owner of each. */
    private static List<FileStatus> filesOfThisDisk(FileSystem fileSystem, Path folder) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        for (FileStatus status : fileSystem.listStatus(folder)) {
            if (status.isDirectory()) {
                found.addAll(filesOfThisDisk(fileSystem, status.getPath()));
            } else {
                found.add(status);
            }
        }
        return found;
    }

    String modelUri() {
        return modelUri;
    }

    /** Returns the bytes in all files. */
    long size() {
        return size;
    }

    /** Returns whether Spark's metadata of the pipeline is there. */
    boolean hasMetadata() {
        return partFile(METADATA) != null;
    }

    /**
     * Throws unless everything is there that the names of the other files promise: a part file in the pipeline's metadata, a
     * file for each checksum file, and {@code _SUCCESS} in each folder of MLlib's stages if one has it. Other libraries' stages
     * may have part files of their own. A part file that is missing with all traces of it would go unnoticed by Spark too.
     */
    void requireWhole() {
        if (!hasMetadata()) {
            throw incomplete("there is no part file in " + new Path(root, METADATA));
        }
        boolean marked = files.stream().anyMatch(file -> name(file).equals(SUCCESS));
        for (String file : files) {
            String name = name(file);
            String folder = folder(file);
            if (name.startsWith(".") && name.endsWith(".crc")) {
                String checked = folder + name.substring(1, name.length() - 4);
                if (!files.contains(checked)) {
                    throw incomplete(checked + " is missing, though its checksum file is there");
                }
            }
            if (marked && name.startsWith("part-") && !isMarked(folder) && isOfMllib(folder)) {
                throw incomplete(folder + " has no " + SUCCESS + " file, though other folders have one");
            }
        }
    }

    /** Returns whether a folder, or one above it up to its stage's, has the file that says "complete": partitions have none. */
    private boolean isMarked(String folder) {
        for (String above = folder; ; above = parent(above)) {
            if (files.contains(above + SUCCESS)) {
                return true;
            }
            if (above.isEmpty() || partFile(above + METADATA) != null) {
                return false;
            }
        }
    }

    /** Returns whether the stage that a folder belongs to is not known to be another library's. */
    private boolean isOfMllib(String folder) {
        String above = folder;
        while (!above.isEmpty() && partFile(above + METADATA) == null) {
            above = parent(above);
        }
        StageMetadata stage = stage(above);
        return stage == null || stage.className().startsWith(MLLIB);
    }

    /** Makes the exception for a folder in which something is missing. */
    MlflowException incomplete(String what) {
        return new MlflowException(
                ErrorCode.DATA_LOSS,
                "The model " + modelUri + " is incomplete: " + what + ". Download or log it again");
    }

    /** Returns whether something is below a folder. */
    boolean hasFolder(String folder) {
        String first = files.ceiling(folder + "/");
        return first != null && first.startsWith(folder + "/");
    }

    /** Reads the metadata of the pipeline and of all stages, nested ones too; those that cannot be read are left out. */
    List<StageMetadata> stages() {
        SortedSet<String> folders = new TreeSet<>();
        for (String file : files) {
            String folder = folder(file);
            if (folder.equals(METADATA + "/") || folder.endsWith("/" + METADATA + "/")) {
                folders.add(folder.substring(0, folder.length() - METADATA.length() - 1));
            }
        }
        List<StageMetadata> stages = new ArrayList<>();
        for (String folder : folders) {
            StageMetadata stage = stage(folder);
            if (stage != null) {
                stages.add(stage);
            }
        }
        return stages;
    }

    private StageMetadata stage(String folder) {
        String part = partFile(folder + METADATA);
        if (part == null) {
            return null;
        }
        try (InputStream content = fileSystem.open(new Path(root + "/" + part))) {
            String stage = folder.isEmpty() ? "" : folder.substring(0, folder.length() - 1);
            return StageMetadata.parse(stage, new String(content.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return null;
        }
    }

    private String partFile(String folder) {
        String first = files.ceiling(folder + "/part-");
        return first != null && first.startsWith(folder + "/part-") ? first : null;
    }

    private static String name(String file) {
        return file.substring(file.lastIndexOf('/') + 1);
    }

    /** Returns the folder above a folder, both with a slash at the end. */
    private static String parent(String folder) {
        return folder(folder.substring(0, folder.length() - 1));
    }

    /** Returns the folder with a slash at its end; empty for the root. */
    private static String folder(String file) {
        return file.substring(0, file.lastIndexOf('/') + 1);
    }
}
