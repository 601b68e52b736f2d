package io.sparkmlflow.it;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compiles programs against a distribution's own jars, as a user of that distribution does. */
final class Programs {
    private Programs() {}

    /** Compiles {@code sources} and returns their jar, made in {@code directory}. */
    static Path jar(Distribution spark, Path directory, Path... sources) {
        return jar(spark.jars(), directory, sources);
    }

    /** Compiles programs of {@code src/test/apps} that call what the shipped jar has. */
    static Path jarWithBundle(Distribution spark, Path directory, List<String> sources) {
        Path programs = Checkout.root().resolve("integration-tests/src/test/apps");
        return jar(
                spark.jars() + File.pathSeparator + spark.bundle(),
                directory,
                sources.stream().map(programs::resolve).toArray(Path[]::new));
    }

    /** Compiles a program of {@code src/test/apps} that calls what the shipped jar has, and others if need be. */
    static Path jarWithBundle(Distribution spark, Path directory, String source, Path... otherJars) {
        Path program =
                Checkout.root().resolve("integration-tests/src/test/apps").resolve(source);
        StringBuilder classPath =
                new StringBuilder(spark.jars()).append(File.pathSeparator).append(spark.bundle());
        for (Path other : otherJars) {
            classPath.append(File.pathSeparator).append(other);
        }
        return jar(classPath.toString(), directory, program);
    }

    private static Path jar(String classPath, Path directory, Path... sources) {
        Path classes = directory.resolve("classes");
        List<String> compile = new ArrayList<>(
                List.of(tool("javac"), "--release", "17", "-nowarn", "-cp", classPath, "-d", classes.toString()));
        for (Path source : sources) {
            compile.add(source.toString());
        }
        run(compile, directory);
        Path jar = directory.resolve("program.jar");
        run(List.of(tool("jar"), "--create", "--file", jar.toString(), "-C", classes.toString(), "."), directory);
        return jar;
    }

    /** Returns the path of a program of this JDK. */
    static String tool(String name) {
        return Checkout.existing(Path.of(System.getProperty("java.home"), "bin", name), "the tests with a JDK")
                .toString();
    }

    private static void run(List<String> command, Path directory) {
        Processes.run(command, directory, Map.of(), Duration.ofMinutes(2)).assertSucceeded();
    }
}
