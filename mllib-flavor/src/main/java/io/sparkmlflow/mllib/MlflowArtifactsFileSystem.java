package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.ArtifactStores;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.FileInfo;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIsNotEmptyDirectoryException;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSession;

/**
 * The artifacts behind an MLflow server as a file system of Hadoop: {@code mlflow-artifacts:/path} for the tracking server,
 * {@code mlflow-artifacts://host:port/path} for another one. So executors read a model from the server, and Spark writes one
 * there, with nothing between.
 *
 * <p>The server is the one that the Hadoop setting {@value #TRACKING_URI}, {@code spark.mlflow.trackingUri} or {@code
 * MLFLOW_TRACKING_URI} names; credentials are found as {@link MlflowClient} finds them, in each JVM. The Hadoop setting may
 * change while the application runs; {@value #OFF} refuses URIs without a host. Paths are taken as they are, without percent
 * escapes.
 *
 * <p>A file is sent when its stream is closed. The server has no directories without files and cannot rename, so what Spark
 * writes below {@code _temporary} stays on this machine's disk until it is renamed to a place that another process has to
 * see. Files have no modification time, owner or permissions.
 */
public final class MlflowArtifactsFileSystem extends FileSystem {
    /** The scheme of the URIs. */
    public static final String SCHEME = "mlflow-artifacts";

    /** The Hadoop setting that names the server. */
    public static final String TRACKING_URI = "fs.mlflow-artifacts.tracking.uri";

    /** The value of {@link #TRACKING_URI} that refuses {@code mlflow-artifacts:/path}, so that Python sends files itself. */
    public static final String OFF = "off";

    private static final String IMPLEMENTATION = "fs.mlflow-artifacts.impl";
    private static final String WITHOUT_CACHE = "fs.mlflow-artifacts.impl.disable.cache";
    private static final Map<List<Object>, ArtifactStore> STORES = new ConcurrentHashMap<>();
    private static final Pattern LOCATION =
            Pattern.compile("(?i)mlflow-artifacts:(?://(?<authority>[^/]*))?/*(?<path>.*)", Pattern.DOTALL);
    private static final long BLOCK_SIZE = 32L << 20;

    private URI uri;
    private ArtifactStore store;
    private ArtifactStaging staging;
    private Path workingDirectory;

    /** Makes one that {@link #initialize} completes; called by Hadoop. */
    public MlflowArtifactsFileSystem() {}

    /**
     * Makes the scheme known to Hadoop settings that do not know it. {@code META-INF/services} is not enough with {@code
     * --jars}: Hadoop reads it once, before spark-submit adds the jars.
     */
    public static void register(Configuration hadoop) {
        if (hadoop.get(IMPLEMENTATION) == null) {
            hadoop.set(IMPLEMENTATION, MlflowArtifactsFileSystem.class.getName());
        }
        // Hadoop would keep the first one for a URI without a host, whatever server is named later.
        hadoop.setBooleanIfUnset(WITHOUT_CACHE, true);
    }

    /** Names the tracking server for the URIs with one host, and for no others. */
    static void setTrackingUri(Configuration hadoop, String location, String trackingUri) {
        hadoop.set(TRACKING_URI + "." + new Path(location).toUri().getRawAuthority(), trackingUri);
    }

    /** Returns an artifact URI as a path of Hadoop that names its server, unless that has no host and port. */
    static String withAuthority(String artifactUri, String trackingUri) {
        Matcher location = LOCATION.matcher(artifactUri);
        if (!location.matches()) {
            throw MlflowException.invalidParameter("'" + artifactUri
                    + "' is not an artifact URI: expected mlflow-artifacts:/path or mlflow-artifacts://host:port/path");
        }
        String authority = location.group("authority");
        if (authority == null || authority.isEmpty()) {
            authority = URI.create(trackingUri).getRawAuthority();
        }
        return new Path(SCHEME, authority, "/" + decode(location.group("path"))).toString();
    }

    /** Decodes percent escapes; what is not a legal escape stays as it is. */
    private static String decode(String path) {
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    @Override
    public void initialize(URI name, Configuration conf) throws IOException {
        super.initialize(name, conf);
        String authority = name.getRawAuthority();
        String root = authority == null ? SCHEME + ":/" : SCHEME + "://" + authority + "/";
        MlflowConfig config = MlflowConfig.of(key -> setting(key, conf), System.getenv());
        String trackingUri = trackingUri(authority, conf, config);
        try {
            List<Object> settings = new ArrayList<>(List.of(root, trackingUri));
            Stream.of(Setting.values()).map(config::find).forEach(settings::add);
            this.store = STORES.computeIfAbsent(settings, key -> ArtifactStores.open(root, trackingUri, config));
        } catch (MlflowException e) {
            throw new IOException(e.getMessage(), e);
        }
        this.uri = URI.create(authority == null ? SCHEME + ":///" : SCHEME + "://" + authority);
        this.staging = ArtifactStaging.of(authority == null ? trackingUri : authority);
        this.workingDirectory = new Path(uri.toString(), "/");
    }

    private static String trackingUri(String authority, Configuration conf, MlflowConfig config) throws IOException {
        String given = conf.get(TRACKING_URI);
        if (authority == null) {
            if (OFF.equalsIgnoreCase(given)) {
                throw new IOException(
                        "mlflow-artifacts:/ without a host is switched off by " + TRACKING_URI + "=" + OFF);
            }
            if (given == null) {
                requireOneServer();
            }
        } else {
            given = conf.get(TRACKING_URI + "." + authority, OFF.equalsIgnoreCase(given) ? null : given);
        }
        return given == null ? MlflowClient.trackingUri(config) : given;
    }

    /** What one session names reaches only some of its tasks: a part of the files would go to another server. */
    private static void requireOneServer() throws IOException {
        SparkEnv environment = SparkEnv.get();
        SparkSession session = ScalaInterop.orNull(SparkSession.getActiveSession());
        String key = Setting.TRACKING_URI.sparkKey();
        if (environment == null || session == null || !session.conf().contains(key)) {
            return;
        }
        String named = session.conf().get(key);
        if (!named.equals(environment.conf().get(key, ""))) {
            throw new IOException("The session's " + key + " is not the application's: set " + TRACKING_URI
                    + " in the application's Hadoop settings to " + MlflowConfig.withoutUserInfo(named)
                    + ", so that all tasks use this server");
        }
    }

    /** Executors get Hadoop's settings with each task, and Spark's own from their environment. */
    private static String setting(String key, Configuration conf) {
        String value = conf.get(key);
        SparkEnv environment = SparkEnv.get();
        if (value == null && environment != null && environment.conf().contains(key)) {
            return environment.conf().get(key);
        }
        return value;
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public URI getUri() {
        return uri;
    }

    @Override
    public Path getWorkingDirectory() {
        return workingDirectory;
    }

    @Override
    public void setWorkingDirectory(Path directory) {
        workingDirectory = makeQualified(directory);
    }

    // ---- reading ----

    @Override
    public FSDataInputStream open(Path file, int bufferSize) throws IOException {
        FileStatus status = getFileStatus(file);
        if (status.isDirectory()) {
            throw new FileNotFoundException("'" + file + "' is a directory: expected a file to read");
        }
        String key = key(file);
        return new FSDataInputStream(
                staging.hasFile(key)
                        ? new ArtifactInput(() -> Files.newInputStream(staging.path(key)), status.getLen())
                        : new ArtifactInput(() -> remote(() -> store.open(key)), status.getLen()));
    }

    @Override
    public FileStatus getFileStatus(Path file) throws IOException {
        String key = key(file);
        if (key.isEmpty()) {
            return directory(file);
        }
        if (staging.hasFile(key)) {
            return file(file, Files.size(staging.path(key)));
        }
        FileInfo found = staging.owns(key) ? null : find(key);
        if (found != null) {
            return found.isDirectory() ? directory(file) : file(file, found.fileSize());
        }
        if (staging.hasDirectory(key)) {
            return directory(file);
        }
        throw new FileNotFoundException("There is no '" + file + "' on the MLflow server");
    }

    @Override
    public FileStatus[] listStatus(Path file) throws IOException {
        String key = key(file);
        Map<String, FileStatus> children = new LinkedHashMap<>();
        if (!staging.owns(key)) {
            for (FileInfo child : remote(() -> store.list(key))) {
                Path path = new Path(file, name(child.path()));
                children.put(name(child.path()), child.isDirectory() ? directory(path) : file(path, child.fileSize()));
            }
        }
        for (String name : staging.list(key)) {
            children.computeIfAbsent(name, child -> staged(new Path(file, child)));
        }
        if (children.isEmpty()) {
            FileStatus status = getFileStatus(file);
            return status.isDirectory() ? new FileStatus[0] : new FileStatus[] {status};
        }
        return children.values().toArray(FileStatus[]::new);
    }

    private FileStatus staged(Path path) {
        java.nio.file.Path local = staging.path(key(path));
        return Files.isDirectory(local)
                ? directory(path)
                : file(path, local.toFile().length());
    }

    /** Asks for the listing of the directory that it is in: the server lists a file as it lists nothing. */
    private FileInfo find(String key) throws IOException {
        for (FileInfo file : remote(() -> store.list(parent(key)))) {
            if (file.path().equals(key)) {
                return file;
            }
        }
        return null;
    }

    // ---- writing ----

    @Override
    public FSDataOutputStream create(
            Path file,
            FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        String key = key(file);
        if (!overwrite && exists(file)) {
            throw new FileAlreadyExistsException("There is a file '" + file + "' already");
        }
        if (ArtifactStaging.isTemporary(key)) {
            return new FSDataOutputStream(staging.newFile(key), statistics);
        }
        return new FSDataOutputStream(
                new ArtifactOutput(
                        name(key),
                        local -> remote(() -> {
                            store.uploadFile(local, parent(key));
                            return null;
                        })),
                statistics);
    }

    @Override
    public FSDataOutputStream append(Path file, int bufferSize, Progressable progress) {
        throw new UnsupportedOperationException(
                "Cannot append to '" + file + "': the MLflow server takes whole files only");
    }

    /** Such a directory is seen by this JVM alone until there is a file in it. */
    @Override
    public boolean mkdirs(Path directory, FsPermission permission) throws IOException {
        staging.newDirectory(key(directory));
        return true;
    }

    @Override
    public boolean delete(Path file, boolean recursive) throws IOException {
        String key = key(file);
        if (key.isEmpty()) {
            throw new IOException("All artifacts of the MLflow server at once cannot be deleted here");
        }
        FileStatus status;
        try {
            status = getFileStatus(file);
        } catch (FileNotFoundException e) {
            return false;
        }
        if (status.isDirectory() && !recursive && listStatus(file).length > 0) {
            throw new PathIsNotEmptyDirectoryException(file.toString());
        }
        staging.delete(key);
        if (!staging.owns(key)) {
            remote(() -> {
                store.delete(key);
                return null;
            });
        }
        return true;
    }

    /** Copies and deletes, the server has nothing else. A failure in between leaves the source whole. */
    @Override
    public boolean rename(Path source, Path target) throws IOException {
        FileStatus from;
        try {
            from = getFileStatus(source);
        } catch (FileNotFoundException e) {
            return false;
        }
        Path to = target;
        if (exists(target)) {
            if (getFileStatus(target).isFile()) {
                return false;
            }
            to = new Path(target, source.getName());
        }
        if ((key(to) + "/").startsWith(key(source) + "/")) {
            return false;
        }
        copyTree(from, to);
        return delete(source, true);
    }

    private void copyTree(FileStatus from, Path to) throws IOException {
        if (from.isDirectory()) {
            FileStatus[] children = listStatus(from.getPath());
            for (FileStatus child : children) {
                copyTree(child, new Path(to, child.getPath().getName()));
            }
            if (children.length == 0) {
                mkdirs(to);
            }
            return;
        }
        String source = key(from.getPath());
        String target = key(to);
        if (staging.hasFile(source) && staging.owns(target)) {
            try (OutputStream content = staging.newFile(target)) {
                Files.copy(staging.path(source), content);
            }
            return;
        }
        try (InputStream content = open(from.getPath())) {
            remote(() -> {
                store.upload(content, target);
                return null;
            });
        }
    }

    @Override
    public void close() throws IOException {
        super.close(); // others use the store too
    }

    // ---- paths and failures ----

    private String key(Path file) {
        return makeQualified(file).toUri().getPath().substring(1);
    }

    private static String parent(String key) {
        int slash = key.lastIndexOf('/');
        return slash < 0 ? "" : key.substring(0, slash);
    }

    private static String name(String key) {
        return key.substring(key.lastIndexOf('/') + 1);
    }

    private FileStatus directory(Path path) {
        return new FileStatus(0, true, 1, BLOCK_SIZE, 0, makeQualified(path));
    }

    private FileStatus file(Path path, long size) {
        return new FileStatus(size, false, 1, BLOCK_SIZE, 0, makeQualified(path));
    }

    private interface Call<T> {
        T run();
    }

    /** Hadoop's callers expect that what fails is an {@link IOException}. */
    private static <T> T remote(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (MlflowException e) {
            if (e.errorCode() == ErrorCode.RESOURCE_DOES_NOT_EXIST) {
                throw (IOException) new FileNotFoundException(e.getMessage()).initCause(e);
            }
            throw new IOException(e.getMessage(), e);
        }
    }
}
