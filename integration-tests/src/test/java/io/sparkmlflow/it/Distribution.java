package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A whole Spark distribution.
 *
 * @param home its SPARK_HOME
 */
record Distribution(String version, Path home) {
    /** Returns every distribution that is supported, the oldest first. */
    static Stream<Distribution> all() {
        return Stream.concat(
                        Stream.of(Checkout.property("it.spark.other-versions").split(" ")),
                        Stream.of(Checkout.property("it.spark.venv-version")))
                .sorted()
                .map(Distribution::of);
    }

    /** Returns the distribution beside the real MLflow in the venv. */
    static Distribution inVenv() {
        return of(Checkout.property("it.spark.venv-version"));
    }

    static Distribution oldest() {
        return all().findFirst().orElseThrow();
    }

    static Distribution newest() {
        return all().reduce((older, newer) -> newer).orElseThrow();
    }

    private static Distribution of(String version) {
        Path root = Checkout.root();
        Path home;
        if (version.equals(Checkout.property("it.spark.venv-version"))) {
            home = sitePackages(root.resolve("build/venv/lib")).resolve("pyspark");
        } else {
            home = root.resolve("build/spark").resolve(version).resolve("pyspark");
        }
        return new Distribution(version, Checkout.existing(home, "dev/prepare-test-env"));
    }

    /** Returns the jar that is shipped for this Spark: 3.5's distribution on PyPI has Scala 2.12, 4.x has 2.13. */
    Path bundle() {
        boolean scala212 = version.startsWith("3.");
        String scala = scala212 ? "2.12" : "2.13";
        Path jar = Checkout.root()
                .resolve("spark-bundle/target/" + (scala212 ? "spark-3.5_2.12" : "spark-4.1_2.13"))
                .resolve("spark-mlflow-spark_" + scala + "-" + Checkout.property("it.version") + ".jar");
        Checkout.existing(jar, "./test, which builds the jars of all profiles");
        assertNewerThanSources(jar);
        return jar;
    }

    /** Makes a SPARK_HOME that has the same in it, by links: Spark's own small cluster writes into it. */
    Path linkedIn(Path folder) {
        // What a cluster of somebody else has left in the distribution stays its own.
        try (Stream<Path> files = Files.list(home).filter(file -> !file.endsWith("work"))) {
            Files.createDirectories(folder);
            for (Path file : files.toList()) {
                Files.createSymbolicLink(folder.resolve(file.getFileName()), file);
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns options for the driver's JVM that make a short program faster, in the variable that spark-submit reads, however it is
     * started.
     */
    Map<String, String> shortPrograms() {
        String options = Processes.SHORT_SPARK;
        Path classes = Checkout.root()
                .resolve("build/classes")
                .resolve(version + "-" + System.getProperty("java.runtime.version") + ".jsa");
        if (Files.exists(classes)) {
            // Of another class path the JVM says, on standard output, that it is not the archive's.
            options +=
                    " -XX:SharedArchiveFile=" + classes + " -Xlog:cds=off -Xlog:cds+dynamic=off -Xlog:class+path=off";
        }
        return Map.of("SPARK_SUBMIT_OPTS", options, "SPARK_LAUNCHER_OPTS", Processes.SHORT_PROGRAM);
    }

    String jars() {
        return home.resolve("jars") + "/*";
    }

    @Override
    public String toString() {
        return "Spark " + version;
    }

    private static void assertNewerThanSources(Path jar) {
        try {
            FileTime built = Files.getLastModifiedTime(jar);
            for (String module : List.of("core", "mllib-flavor", "spark-listener", "udf")) {
                Path sources = Checkout.root().resolve(module).resolve("src/main");
                if (!Files.isDirectory(sources)) {
                    continue;
                }
                try (Stream<Path> files = Files.walk(sources)) {
                    assertThat(files.filter(file -> file.toString().endsWith(".java")))
                            .withFailMessage("%s is older than the sources of %s: run ./test", jar, module)
                            .noneMatch(file -> file.toFile().lastModified() > built.toMillis());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path sitePackages(Path lib) {
        Checkout.existing(lib, "dev/prepare-test-env");
        try (Stream<Path> pythons = Files.list(lib)) {
            return pythons.filter(python -> python.getFileName().toString().startsWith("python3"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("There is no python3 in " + lib))
                    .resolve("site-packages");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
