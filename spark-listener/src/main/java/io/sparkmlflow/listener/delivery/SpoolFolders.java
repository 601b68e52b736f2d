package io.sparkmlflow.listener.delivery;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where spools are: a folder for each application, which its owner alone can read, in one folder for all. */
final class SpoolFolders {
    static final String RECORDS = "records";
    private static final String OFF = "off";
    private static final String DEFAULT = ".spark-mlflow/spool";

    private SpoolFolders() {}

    /** Returns the folder for all; empty if nothing is to be kept. */
    static Optional<Path> root(MlflowConfig config) {
        Optional<String> setting = config.find(Setting.SPOOL);
        if (setting.isPresent()) {
            return setting.filter(value -> !value.trim().equalsIgnoreCase(OFF)).map(config::expandUser);
        }
        Path home = config.home().filter(Files::isWritable).orElse(Path.of(System.getProperty("java.io.tmpdir")));
        return Optional.of(home.resolve(DEFAULT));
    }

    /** Makes a folder and those above it that are missing, for their owner alone. */
    static Path create(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            if (folder.getParent() != null) {
                create(folder.getParent());
            }
            Files.createDirectory(folder, permissions(folder, "rwx------"));
        }
        return folder;
    }

    static FileAttribute<?>[] ownersFile(Path file) {
        return permissions(file, "rw-------");
    }

    /** Returns the folders with a spool in or below {@code folder}. */
    static List<Path> spoolsIn(Path folder) throws IOException {
        if (Files.exists(folder.resolve(RECORDS))) {
            return List.of(folder);
        }
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.filter(path -> Files.exists(path.resolve(RECORDS)))
                    .sorted()
                    .toList();
        }
    }

    private static FileAttribute<?>[] permissions(Path path, String permissions) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
