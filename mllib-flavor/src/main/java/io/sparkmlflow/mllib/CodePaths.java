package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Python code that goes with a model: copied as Python copies it, without its caches. */
final class CodePaths {
    /** The folder in the model, and the value of {@code code} in its flavors. */
    static final String FOLDER = "code";

    private CodePaths() {}

    /**
     * Copies files and folders into a model's folder, each under its own name.
     *
     * @return {@value #FOLDER}, or {@code null} if there is nothing to copy
     */
    static String copy(List<Path> paths, Path modelFolder) throws IOException {
        if (paths.isEmpty()) {
            return null;
        }
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw MlflowException.invalidParameter(
                        "There is no code at '" + path + "': expected the path of a Python file or folder");
            }
        }
        Map<Path, Path> byName = new HashMap<>();
        for (Path path : paths) {
            Path other = byName.putIfAbsent(name(path), path);
            if (other != null) {
                throw MlflowException.invalidParameter("The code paths '" + other + "' and '" + path
                        + "' would both be called '" + name(path) + "' in the model: give one of them another name");
            }
        }
        Path code = Files.createDirectories(modelFolder.resolve(FOLDER));
        for (Path path : paths) {
            copy(path.toRealPath(), code.resolve(name(path)));
        }
        return FOLDER;
    }

    /** A link is what it leads to, as for Python. */
    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source, FileVisitOption.FOLLOW_LINKS)) {
            for (Path file :
                    files.filter(file -> isWanted(source.relativize(file))).toList()) {
                Path copy = file.equals(source)
                        ? target
                        : target.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Path name(Path path) {
        return path.toAbsolutePath().normalize().getFileName();
    }

    private static boolean isWanted(Path file) {
        for (Path name : file) {
            if (name.toString().equals("__pycache__")) {
                return false;
            }
        }
        return !file.getFileName().toString().endsWith(".pyc");
    }
}
