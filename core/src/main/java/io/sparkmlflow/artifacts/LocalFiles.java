package io.sparkmlflow.artifacts;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Copies that are seen whole or not at all. */
final class LocalFiles {
    private static final String TEMPORARY_PREFIX = ".spark-mlflow-";
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private LocalFiles() {}

    static void requireFile(Path path) {
        if (!Files.isRegularFile(path)) {
            throw MlflowException.notFound("There is no file '" + path + "' to upload.");
        }
    }

    static void requireDirectory(Path path) {
        if (!Files.isDirectory(path)) {
            throw MlflowException.notFound("There is no directory '" + path + "' to upload.");
        }
    }

    /** Returns a name beside {@code target} that no listing shows. */
    static Path temporaryBeside(Path target) {
        return target.resolveSibling(temporaryName());
    }

    /** Returns a name that no listing shows. */
    static String temporaryName() {
        return TEMPORARY_PREFIX + UUID.randomUUID() + TEMPORARY_SUFFIX;
    }

    /** Returns whether a file of that name, without its directory, is on its way. */
    static boolean isTemporary(String name) {
        return name.startsWith(TEMPORARY_PREFIX) && name.endsWith(TEMPORARY_SUFFIX);
    }

    static boolean isModelFile(Path path) {
        return path.getFileName().toString().equals(MlModel.FILE_NAME);
    }

    /** Writes {@code target} with the content of {@code source}; nobody sees half of it. */
    static void copyFile(Path source, Path target) throws IOException {
        long size = Files.size(source);
        write(target, temporary -> {
            Files.copy(source, temporary);
            // A log file may have grown meanwhile.
            if (Files.size(temporary) < size) {
                throw new IOException("of " + size + " bytes only " + Files.size(temporary) + " arrived");
            }
        });
    }

    /** Writes {@code target}, replacing what is there; nobody sees half of it. */
    static void write(Path target, Filler filler) throws IOException {
        Files.createDirectories(target.getParent());
        Path temporary = temporaryBeside(target);
        try {
            filler.fill(temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Returns the files below a directory in the order to send them in: an {@code MLmodel} after everything else. */
    static List<Path> filesModelLast(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(Files::isRegularFile)
                    .sorted(Comparator.comparing(LocalFiles::isModelFile).thenComparing(Comparator.naturalOrder()))
                    .toList();
        }
    }

    /** Returns the path of a file in a directory as the store names it. */
    static String relativeName(Path directory, Path file) {
        StringBuilder name = new StringBuilder();
        for (Path part : directory.relativize(file)) {
            name.append(name.isEmpty() ? "" : "/").append(part);
        }
        return name.toString();
    }

    /** Deletes a file or directory if it is there. Links are deleted, not followed. */
    static void deleteTree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Fills a temporary file or directory and gives it its name when it is complete. */
    static Path appearAt(Path destination, Filler filler) throws IOException {
        if (Files.exists(destination)) {
            throw MlflowException.invalidParameter(
                    "Cannot download to '" + destination + "': it exists already. Choose a path that does not.");
        }
        Path absolute = destination.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        Path temporary = temporaryBeside(absolute);
        try {
            filler.fill(temporary);
            Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            deleteTree(temporary);
        }
        return destination;
    }

    /** Writes what a download brings. */
    interface Filler {
        void fill(Path temporary) throws IOException;
    }
}
