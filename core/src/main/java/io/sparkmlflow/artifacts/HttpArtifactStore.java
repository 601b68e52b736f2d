package io.sparkmlflow.artifacts;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.store.rest.RestClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Artifacts behind the proxy of an MLflow server: {@code mlflow-artifacts:/path}, or {@code
 * mlflow-artifacts://host:port/path} for another server than the tracking server. The other server is asked without
 * credentials.
 */
final class HttpArtifactStore implements ArtifactStore {
    private static final Pattern URI =
            Pattern.compile("(?i)mlflow-artifacts:(?://(?<authority>[^/]*))?/*(?<path>.*)", Pattern.DOTALL);

    /** A server whose files are in an object store may fetch one to say its size: a larger one is looked up in its listing. */
    private static final long MAX_SIZE_ASKED_FOR = 1 << 20;

    private final String rootUri;
    private final String rootPath;
    private final RestClient client;
    private final RestClient owned;

    private HttpArtifactStore(String rootUri, String rootPath, RestClient client, RestClient owned) {
        this.rootUri = rootUri;
        this.rootPath = rootPath;
        this.client = client;
        this.owned = owned;
    }

    static HttpArtifactStore at(String uri, String trackingUri, MlflowConfig config) {
        Matcher matcher = match(uri);
        if (!RestClient.isServer(trackingUri)) {
            throw MlflowException.invalidParameter("The artifacts at '" + uri
                    + "' are behind an MLflow server, but the tracking URI names none: set it to http(s)://host:port");
        }
        RestClient own = RestClient.open(trackingUri, config);
        return new HttpArtifactStore(uri, rootPath(matcher), clientFor(matcher, own), own);
    }

    /** Opens a store that asks with the tracking store's client, which stays open when this is closed. */
    static HttpArtifactStore at(String uri, RestClient tracking) {
        Matcher matcher = match(uri);
        return new HttpArtifactStore(uri, rootPath(matcher), clientFor(matcher, tracking), null);
    }

    private static Matcher match(String uri) {
        Matcher matcher = URI.matcher(uri);
        if (!matcher.matches()) {
            throw MlflowException.invalidParameter("'" + uri
                    + "' is not an artifact URI: expected mlflow-artifacts:/path or mlflow-artifacts://host:port/path");
        }
        return matcher;
    }

    private static RestClient clientFor(Matcher uri, RestClient tracking) {
        String authority = uri.group("authority");
        return authority == null || authority.isEmpty() ? tracking : tracking.at(authority);
    }

    private static String rootPath(Matcher uri) {
        return ArtifactPath.normalize(decode(uri.group("path")));
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
    public String rootUri() {
        return rootUri;
    }

    @Override
    public void uploadFile(Path localFile, String directory) {
        LocalFiles.requireFile(localFile);
        String name = localFile.getFileName().toString();
        String path = ArtifactPath.join(ArtifactPath.normalize(directory), name);
        requireArrived(Map.of(path, upload(localFile, path)));
    }

    /** The content lies in a temporary file on its way: a server needs its size, and a repeated call its beginning. */
    @Override
    public void upload(InputStream content, String path) {
        String normal = ArtifactPath.requireFile(path);
        try {
            Path temporary = Files.createTempFile("spark-mlflow-", ".artifact");
            try {
                Files.copy(content, temporary, StandardCopyOption.REPLACE_EXISTING);
                requireArrived(Map.of(normal, upload(temporary, normal)));
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    @Override
    public void uploadDirectory(Path localDirectory, String directory) {
        LocalFiles.requireDirectory(localDirectory);
        String target = ArtifactPath.normalize(directory);
        List<Path> files = filesOf(localDirectory);
        for (Path file : files) {
            if (LocalFiles.isModelFile(file)) {
                String model = ArtifactPath.join(target, LocalFiles.relativeName(localDirectory, file));
                if (find(model) != null) {
                    client.deleteArtifact(remote(model));
                }
            }
        }
        Map<String, Long> sent = new LinkedHashMap<>();
        for (Path file : files) {
            if (LocalFiles.isModelFile(file)) {
                // What comes now says that all the rest is there.
                requireArrived(sent);
                sent.clear();
            }
            String path = ArtifactPath.join(target, LocalFiles.relativeName(localDirectory, file));
            sent.put(path, upload(file, path));
        }
        requireArrived(sent);
    }

    @Override
    public List<FileInfo> list(String directory) {
        String parent = ArtifactPath.normalize(directory);
        return list(remote(parent), parent);
    }

    private List<FileInfo> list(String remote, String parent) {
        List<FileInfo> files = new ArrayList<>();
        for (JsonNode file : client.listArtifacts(remote).path("files")) {
            boolean isDirectory = file.path("is_dir").asBoolean();
            Long size = isDirectory ? null : Long.valueOf(file.path("file_size").asLong());
            // The server's word is not taken for a path that leaves the directory.
            String name = ArtifactPath.normalize(file.path("path").asText());
            files.add(new FileInfo(ArtifactPath.join(parent, name), isDirectory, size));
        }
        files.sort(Comparator.comparing(FileInfo::path));
        return files;
    }

    @Override
    public InputStream open(String path) {
        FileInfo file = existing(path);
        if (file.isDirectory()) {
            throw ArtifactPath.isDirectory(path, rootUri);
        }
        InputStream content = client.openArtifact(remote(file.path()));
        return new SizedInputStream(content, "'" + file.path() + "' in " + rootUri, file.fileSize());
    }

    @Override
    public Path download(String path, Path destination) {
        FileInfo file = existing(path);
        try {
            return LocalFiles.appearAt(destination, temporary -> fetchTree(file, temporary));
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    @Override
    public void delete(String path) {
        client.deleteArtifact(remote(ArtifactPath.normalize(path)));
    }

    @Override
    public void close() {
        if (owned != null) {
            owned.close();
        }
    }

    /**
     * Sends a file and returns its size. Names the file when the server refuses it: MLflow's {@code Invalid path}, for one,
     * does not.
     */
    private long upload(Path file, String path) {
        try {
            long size = Files.size(file);
            client.uploadArtifact(remote(path), file);
            return size;
        } catch (IOException e) {
            throw failed(path, e);
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (MlflowException e) {
            throw new MlflowException(
                    e.errorCode(),
                    "The server refused the artifact '" + path + "' for " + rootUri + ": " + e.getMessage(),
                    e);
        }
    }

    /** Asks the server whether files are there and whole. */
    private void requireArrived(Map<String, Long> sizes) {
        if (sizes.size() == 1 && sizes.entrySet().stream().allMatch(this::isKnownThere)) {
            return;
        }
        Map<String, Map<String, Long>> listings = new HashMap<>();
        sizes.forEach((path, size) -> {
            Map<String, Long> listed = listings.computeIfAbsent(ArtifactPath.parent(path), this::sizesIn);
            if (!size.equals(listed.get(path))) {
                String found = listed.containsKey(path) ? "has " + listed.get(path) + " there" : "is not there";
                throw new StoreUnavailableException(
                        "The artifact '" + path + "' of " + size + " bytes was sent to " + rootUri + ", but it " + found
                                + ". Upload it again.",
                        null);
            }
        });
    }

    /** Returns whether the server says of a file alone that it is there and whole, which is less work than a long listing. */
    private boolean isKnownThere(Map.Entry<String, Long> file) {
        if (file.getValue() > MAX_SIZE_ASKED_FOR) {
            return false;
        }
        OptionalLong there = client.findArtifactSize(remote(file.getKey()));
        return there.isPresent() && there.getAsLong() == file.getValue();
    }

    private Map<String, Long> sizesIn(String directory) {
        Map<String, Long> sizes = new HashMap<>();
        list(directory).forEach(file -> sizes.put(file.path(), file.fileSize()));
        return sizes;
    }

    private void fetchTree(FileInfo file, Path target) throws IOException {
        if (!file.isDirectory()) {
            fetch(file, target);
            return;
        }
        Files.createDirectories(target);
        for (FileInfo child : list(file.path())) {
            String name = child.path().substring(child.path().lastIndexOf('/') + 1);
            fetchTree(child, target.resolve(name));
        }
    }

    private void fetch(FileInfo file, Path target) throws IOException {
        client.downloadArtifact(remote(file.path()), target);
        long size = Files.size(target);
        if (size != file.fileSize()) {
            throw new StoreUnavailableException(
                    "The artifact '" + file.path() + "' in " + rootUri + " has " + file.fileSize() + " bytes, but "
                            + size + " arrived. Try again.",
                    null);
        }
    }

    /** Returns what is at a path: a listing of its directory tells, since the proxy lists a file as it lists nothing. */
    private FileInfo existing(String path) {
        String normal = ArtifactPath.normalize(path);
        FileInfo file = find(normal);
        if (file == null) {
            throw ArtifactPath.notFound(path, rootUri);
        }
        return file;
    }

    private FileInfo find(String path) {
        if (path.isEmpty()) {
            return list("").isEmpty() ? rootFile() : new FileInfo("", true, null);
        }
        return list(ArtifactPath.parent(path)).stream()
                .filter(file -> Objects.equals(file.path(), path))
                .findFirst()
                .orElse(null);
    }

    /** Returns the root if it is a single file. */
    private FileInfo rootFile() {
        String parent = ArtifactPath.parent(rootPath);
        return list(parent, parent).stream()
                .filter(file -> file.path().equals(rootPath) && !file.isDirectory())
                .findFirst()
                .map(file -> new FileInfo("", false, file.fileSize()))
                .orElse(null);
    }

    private String remote(String path) {
        return ArtifactPath.join(rootPath, path);
    }

    private static List<Path> filesOf(Path directory) {
        try {
            return LocalFiles.filesModelLast(directory);
        } catch (IOException e) {
            throw new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot read '" + directory + "': " + e, e);
        }
    }

    private MlflowException failed(String path, IOException cause) {
        return new MlflowException(
                ErrorCode.INTERNAL_ERROR,
                "Cannot store the artifact '" + path + "' of " + rootUri + " on this machine: " + cause,
                cause);
    }
}
