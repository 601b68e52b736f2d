package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where things are: the checkout, what {@code dev/prepare-test-env} made in it, and the folders that tests work in. */
final class Checkout {
    private Checkout() {}

    static Path root() {
        return Path.of(property("it.checkout")).toAbsolutePath().normalize();
    }

    /** Returns the Python of the venv that holds the real MLflow. */
    static Path python() {
        return existing(root().resolve("build/venv/bin/python"), "dev/prepare-test-env");
    }

    /** Returns the folder with the packages that make and run ONNX models in Python. */
    static Path onnxPackages() {
        return existing(root().resolve("build/onnx/onnx"), "dev/prepare-test-env")
                .getParent();
    }

    static Path pythonScript(String name) {
        return root().resolve("integration-tests/src/test/python").resolve(name);
    }

    static Path example(String name) {
        return root().resolve("examples").resolve(name);
    }

    static Path trainingTable() {
        return example("data/breast-cancer/train.csv");
    }

    static Path heldOutTable() {
        return example("data/breast-cancer/holdout.csv");
    }

    /** Makes an empty folder for a test; what an earlier run left there is deleted, what this one leaves stays. */
    static Path newWorkFolder(String name) {
        Path folder = Path.of(property("it.work")).resolve(name);
        try {
            delete(folder);
            return Files.createDirectories(folder).toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a jar that Maven has copied for the tests: it is on the class path of none of them. */
    static Path copiedJar(String artifactId) {
        return existing(Path.of(property("it.jars"), artifactId + ".jar"), "the tests with Maven");
    }

    /** Returns the jars in a folder that Maven has put there. */
    static Path[] copiedJars(String folder) {
        Path jars = existing(Path.of(property("it.jars"), folder), "the tests with Maven");
        try (Stream<Path> files = Files.list(jars)) {
            return files.toArray(Path[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path existing(Path path, String howToMakeIt) {
        assertThat(path)
                .withFailMessage("There is no %s: run %s", path, howToMakeIt)
                .exists();
        return path;
    }

    static String property(String name) {
        String value = System.getProperty(name);
        assertThat(value)
                .withFailMessage("The system property %s is not set: run the tests with Maven", name)
                .isNotBlank();
        return value;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> files = Files.walk(folder)) {
            deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : deepestFirst) {
            Files.delete(file);
        }
    }
}
