package io.sparkmlflow.artifacts;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;

/**
 * Artifacts in any {@code FileSystem} of Hadoop. The only class that names Hadoop's types: it is loaded only where Hadoop is.
 *
 * <p>A path in the URI is taken as it is, without percent escapes, as Hadoop and Python's MLflow take it.
 */
public final class HadoopArtifactStore implements ArtifactStore {
    /** A file appears there when it is closed, and to rename it is to copy it. */
    private static final Set<String> OBJECT_STORES = Set.of("s3", "s3a", "s3n", "gs", "oss", "cosn", "obs");

    private static volatile Supplier<Configuration> configuration = Configuration::new;

    private final String rootUri;
    private final String root;
    private final FileSystem fileSystem;

    private HadoopArtifactStore(String rootUri, String root, FileSystem fileSystem) {
        this.rootUri = rootUri;
        this.root = root;
        this.fileSystem = fileSystem;
    }

    /**
     * Says where the settings of file systems come from: in a Spark application, from its session. Until this is called, they
     * are what Hadoop finds by itself, {@code core-site.xml} on the classpath.
     *
     * @param supplier asked whenever a store is opened; {@code null} from it stands for Hadoop's own
     */
    public static void configureWith(Supplier<Configuration> supplier) {
        configuration = supplier;
    }

    static HadoopArtifactStore at(String uri) {
        Configuration settings = configuration.get();
        if (settings == null) {
            settings = new Configuration();
        }
        String scheme = ArtifactStores.scheme(uri);
        boolean mapped = scheme.equals("s3") && !hasFileSystem("s3", settings);
        String root = mapped ? "s3a" + uri.substring(uri.indexOf(':')) : uri;
        try {
            return new HadoopArtifactStore(uri, root.replaceFirst("/+$", ""), new Path(root).getFileSystem(settings));
        } catch (UnsupportedFileSystemException e) {
            throw unsupported(uri, e);
        } catch (IOException e) {
            throw failure("open", uri, e);
        } catch (IllegalArgumentException e) {
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "Hadoop cannot open the artifacts at '" + uri + "': " + e.getMessage(),
                    e);
        } catch (RuntimeException e) {
            if (e.getCause() instanceof ClassNotFoundException) {
                throw unsupported(uri, e);
            }
            throw e;
        }
    }

    private static boolean hasFileSystem(String scheme, Configuration settings) {
        try {
            return FileSystem.getFileSystemClass(scheme, settings) != null;
        } catch (IOException e) {
            return false;
        }
    }

    private static MlflowException unsupported(String uri, Throwable cause) {
        return new MlflowException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Cannot keep artifacts at '" + uri
                        + "': expected a path, a file: or mlflow-artifacts: URI, or one that Hadoop"
                        + " has a file system for; add its jar to the classpath (hadoop-aws for s3: and s3a:, hadoop-azure"
                        + " for abfss:, the GCS connector for gs:). Hadoop says: " + cause.getMessage(),
                cause);
    }

    @Override
    public String rootUri() {
        return rootUri;
    }

    // ---- writing ----

    @Override
    public void uploadFile(java.nio.file.Path localFile, String directory) {
        LocalFiles.requireFile(localFile);
        String name = localFile.getFileName().toString();
        Path target = path(ArtifactPath.join(ArtifactPath.normalize(directory), name));
        try {
            copy(localFile, target);
        } catch (IOException e) {
            throw failure("copy '" + localFile + "' to", target, e);
        }
    }

    @Override
    public void upload(InputStream content, String path) {
        Path target = path(ArtifactPath.requireFile(path));
        try {
            write(content, target);
        } catch (IOException e) {
            throw failure("write", target, e);
        }
    }

    @Override
    public void uploadDirectory(java.nio.file.Path localDirectory, String directory) {
        LocalFiles.requireDirectory(localDirectory);
        String target = ArtifactPath.normalize(directory);
        try {
            List<java.nio.file.Path> files = LocalFiles.filesModelLast(localDirectory);
            for (java.nio.file.Path file : files) {
                if (LocalFiles.isModelFile(file)) {
                    fileSystem.delete(pathIn(target, localDirectory, file), false);
                }
            }
            for (java.nio.file.Path file : files) {
                copy(file, pathIn(target, localDirectory, file));
            }
        } catch (IOException e) {
            throw failure("copy '" + localDirectory + "' to", path(target), e);
        }
    }

    private Path pathIn(String target, java.nio.file.Path directory, java.nio.file.Path file) {
        return path(ArtifactPath.join(target, LocalFiles.relativeName(directory, file)));
    }

    private void copy(java.nio.file.Path source, Path target) throws IOException {
        try (InputStream content = Files.newInputStream(source)) {
            write(content, target);
        }
    }

    private void write(InputStream content, Path target) throws IOException {
        boolean direct = OBJECT_STORES.contains(target.toUri().getScheme());
        Path written = direct ? target : new Path(target.getParent(), LocalFiles.temporaryName());
        boolean complete = false;
        try {
            long size = send(content, written);
            requireSize(written, size);
            if (!direct) {
                // A rename replaces nothing.
                fileSystem.delete(target, false);
                if (!fileSystem.rename(written, target)) {
                    throw new IOException("the file cannot get its name");
                }
            }
            complete = true;
        } finally {
            if (!complete) {
                fileSystem.delete(written, false);
            }
        }
    }

    private long send(InputStream content, Path target) throws IOException {
        try (FSDataOutputStream out = fileSystem.create(target, true)) {
            try {
                return content.transferTo(out);
            } catch (IOException e) {
                if (out.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
                    // In an object store, half a file would appear with its close.
                    out.abort();
                }
                throw e;
            }
        }
    }

    private void requireSize(Path file, long size) throws IOException {
        long found = fileSystem.getFileStatus(file).getLen();
        if (found != size) {
            throw new IOException("of " + size + " bytes " + found + " are there");
        }
    }

    @Override
    public void delete(String path) {
        Path target = path(ArtifactPath.normalize(path));
        try {
            fileSystem.delete(target, true);
        } catch (FileNotFoundException e) {
            // as good as deleted
        } catch (IOException e) {
            throw failure("delete", target, e);
        }
    }

    // ---- reading ----

    @Override
    public List<FileInfo> list(String directory) {
        String parent = ArtifactPath.normalize(directory);
        Path folder = path(parent);
        try {
            List<FileInfo> files = new ArrayList<>();
            for (FileStatus child : childrenOf(folder)) {
                files.add(new FileInfo(
                        ArtifactPath.join(parent, child.getPath().getName()),
                        child.isDirectory(),
                        child.isDirectory() ? null : Long.valueOf(child.getLen())));
            }
            files.sort(Comparator.comparing(FileInfo::path));
            return files;
        } catch (FileNotFoundException e) {
            return List.of();
        } catch (IOException e) {
            throw failure("list", folder, e);
        }
    }

    /** Returns what lies in a directory; a file, which Hadoop lists as itself, has nothing in it. */
    private List<FileStatus> childrenOf(Path folder) throws IOException {
        List<FileStatus> children = new ArrayList<>();
        for (FileStatus child : fileSystem.listStatus(folder)) {
            boolean itself =
                    child.getPath().toUri().getPath().equals(folder.toUri().getPath());
            if (!itself && !LocalFiles.isTemporary(child.getPath().getName())) {
                children.add(child);
            }
        }
        return children;
    }

    @Override
    public InputStream open(String path) {
        FileStatus file = existing(path);
        if (file.isDirectory()) {
            throw ArtifactPath.isDirectory(path, rootUri);
        }
        try {
            return new SizedInputStream(fileSystem.open(file.getPath()), "'" + path + "' in " + rootUri, file.getLen());
        } catch (FileNotFoundException e) {
            throw ArtifactPath.notFound(path, rootUri);
        } catch (IOException e) {
            throw failure("read", file.getPath(), e);
        }
    }

    @Override
    public java.nio.file.Path download(String path, java.nio.file.Path destination) {
        FileStatus source = existing(path);
        try {
            return LocalFiles.appearAt(destination, temporary -> fetch(source, temporary));
        } catch (IOException e) {
            throw failure("copy to '" + destination + "' from", source.getPath(), e);
        }
    }

    private void fetch(FileStatus source, java.nio.file.Path target) throws IOException {
        if (source.isDirectory()) {
            Files.createDirectories(target);
            for (FileStatus child : childrenOf(source.getPath())) {
                fetch(child, target.resolve(child.getPath().getName()));
            }
            return;
        }
        try (InputStream content = fileSystem.open(source.getPath())) {
            long copied = Files.copy(content, target);
            if (copied != source.getLen()) {
                throw new IOException("of " + source.getLen() + " bytes only " + copied + " arrived");
            }
        }
    }

    private FileStatus existing(String path) {
        Path file = path(ArtifactPath.normalize(path));
        try {
            return fileSystem.getFileStatus(file);
        } catch (FileNotFoundException e) {
            throw ArtifactPath.notFound(path, rootUri);
        } catch (IOException e) {
            throw failure("look up", file, e);
        }
    }

    /** Made of the text: a name with a colon alone would be taken for a URI. */
    private Path path(String relative) {
        return new Path(root + "/" + relative);
    }

    private static MlflowException failure(String what, Object path, IOException cause) {
        String message = "Cannot " + what + " the artifact '" + path + "': " + cause;
        if (cause instanceof ConnectException
                || cause instanceof SocketTimeoutException
                || cause instanceof UnknownHostException) {
            return new StoreUnavailableException(message, cause);
        }
        boolean denied = cause instanceof AccessControlException || cause instanceof AccessDeniedException;
        return new MlflowException(denied ? ErrorCode.PERMISSION_DENIED : ErrorCode.INTERNAL_ERROR, message, cause);
    }
}
