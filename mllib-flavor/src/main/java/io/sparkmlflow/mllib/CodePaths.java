package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        Path code = Files.createDirectories(modelFolder.resolve(FOLDER));
        for (Path path : paths) {
            Path source = path.toRealPath();
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file : files.filter(CodePaths::isWanted).toList()) {
                    Path target = code.resolve(source.getFileName())
                            .resolve(source.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(target);
                    } else {
                        Files.createDirectories(target.getParent());
                        Files.copy(file, file.equals(source) ? code.resolve(source.getFileName()) : target);
                    }
                }
            }
        }
        return FOLDER;
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
