package io.sparkmlflow.artifacts;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.FileInfo;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Artifacts in a directory of this machine, named by a plain path or a {@code file:} URI. */
final class LocalArtifactStore implements ArtifactStore {
    private final String rootUri;
    private final Path root;

    private LocalArtifactStore(String rootUri, Path root) {
        this.rootUri = rootUri;
        this.root = root;
    }

    static LocalArtifactStore at(String uri) {
        return new LocalArtifactStore(uri, toPath(uri).toAbsolutePath().normalize());
    }

    /** Reads a plain path, or a {@code file:} URI whether or not its special characters are escaped. */
    private static Path toPath(String uri) {
        if (!uri.regionMatches(true, 0, "file:", 0, 5)) {
            return Path.of(uri);
        }
        try {
            URI parsed = URI.create(uri);
            if (parsed.isOpaque()) {
                return Path.of(parsed.getSchemeSpecificPart());
            }
            if (parsed.getAuthority() == null || parsed.getAuthority().equals("localhost")) {
                return Path.of(parsed.getPath());
            }
        } catch (IllegalArgumentException e) {
            String path = uri.substring(5);
            return Path.of(path.startsWith("//") ? path.substring(2) : path);
        }
        throw MlflowException.invalidParameter(
                "'" + uri + "' is a file on another machine: expected file:///path or a plain path");
    }

    @Override
    public String rootUri() {
        return rootUri;
    }

    @Override
    public void uploadFile(Path localFile, String directory) {
        LocalFiles.requireFile(localFile);
        Path target = resolve(directory).resolve(localFile.getFileName().toString());
        try {
            LocalFiles.copyFile(localFile, target);
        } catch (IOException e) {
            throw failed("copy '" + localFile + "' to", target, e);
        }
    }

    @Override
    public void upload(InputStream content, String path) {
        Path target = resolve(ArtifactPath.requireFile(path));
        try {
            LocalFiles.write(target, temporary -> Files.copy(content, temporary));
        } catch (IOException e) {
            throw failed("write", target, e);
        }
    }

    @Override
    public void uploadDirectory(Path localDirectory, String directory) {
        LocalFiles.requireDirectory(localDirectory);
        Path target = resolve(directory);
        try {
            List<Path> files = LocalFiles.filesModelLast(localDirectory);
            Files.createDirectories(target);
            for (Path file : files) {
                if (LocalFiles.isModelFile(file)) {
                    Files.deleteIfExists(target.resolve(localDirectory.relativize(file)));
                }
            }
            for (Path file : files) {
                LocalFiles.copyFile(file, target.resolve(localDirectory.relativize(file)));
            }
        } catch (IOException e) {
            throw failed("copy '" + localDirectory + "' to", target, e);
        }
    }

    @Override
    public List<FileInfo> list(String directory) {
        Path folder = resolve(directory);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            List<Path> sorted = children.filter(
                            path -> !LocalFiles.isTemporary(path.getFileName().toString()))
                    .sorted()
                    .toList();
            return sorted.stream().map(this::describe).toList();
        } catch (IOException e) {
            throw failed("list", folder, e);
        }
    }

    @Override
    public InputStream open(String path) {
        Path file = existing(path);
        if (Files.isDirectory(file)) {
            throw ArtifactPath.isDirectory(path, rootUri);
        }
        try {
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw failed("read", file, e);
        }
    }

    @Override
    public Path download(String path, Path destination) {
        Path source = existing(path);
        try {
            return LocalFiles.appearAt(destination, temporary -> copyTree(source, temporary));
        } catch (IOException e) {
            throw failed("copy to '" + destination + "' from", source, e);
        }
    }

    @Override
    public void delete(String path) {
        Path target = root.resolve(ArtifactPath.normalize(path));
        requireInside(target.equals(root) ? root : target.getParent(), path);
        try {
            LocalFiles.deleteTree(target);
        } catch (IOException e) {
            throw failed("delete", target, e);
        }
    }

    /** The path is returned whether or not there is a file yet. */
    @Override
    public Path localPath(String path) {
        return resolve(path);
    }

    private static void copyTree(Path source, Path target) throws IOException {
        if (!Files.isDirectory(source)) {
            Files.copy(source, target);
            return;
        }
        Files.createDirectories(target);
        try (Stream<Path> children = Files.list(source)) {
            for (Path child : children.toList()) {
                copyTree(child, target.resolve(child.getFileName()));
            }
        }
    }

    private FileInfo describe(Path path) {
        boolean isDirectory = Files.isDirectory(path);
        try {
            return new FileInfo(
                    LocalFiles.relativeName(root, path),
                    isDirectory,
                    isDirectory ? null : Long.valueOf(Files.size(path)));
        } catch (IOException e) {
            throw failed("list", path, e);
        }
    }

    private Path existing(String path) {
        Path file = resolve(path);
        if (!Files.exists(file)) {
            throw ArtifactPath.notFound(path, rootUri);
        }
        return file;
    }

    private Path resolve(String path) {
        Path resolved = root.resolve(ArtifactPath.normalize(path));
        requireInside(resolved, path);
        return resolved;
    }

    /** Refuses a path that a link leads out of the root. */
    private void requireInside(Path resolved, String path) {
        Path existing = resolved;
        while (!existing.equals(root) && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            if (Files.exists(root) && !existing.toRealPath().startsWith(root.toRealPath())) {
                throw MlflowException.invalidParameter(
                        "'" + path + "' leaves the artifact root " + rootUri + " through a link");
            }
        } catch (IOException e) {
            throw failed("look up", resolved, e);
        }
    }

    private static MlflowException failed(String what, Path path, IOException cause) {
        return new MlflowException(
                ErrorCode.INTERNAL_ERROR, "Cannot " + what + " the artifact '" + path + "': " + cause, cause);
    }
}
