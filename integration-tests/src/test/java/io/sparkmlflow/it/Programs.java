package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/** Compiles programs against a distribution's own jars, as a user of that distribution does. */
final class Programs {
    private Programs() {}

    /** Compiles {@code sources} and returns their jar, made in {@code directory}. */
    static Path jar(Distribution spark, Path directory, Path... sources) {
        Path classes = directory.resolve("classes");
        List<String> compile =
                new ArrayList<>(List.of("--release", "17", "-nowarn", "-cp", spark.jars(), "-d", classes.toString()));
        for (Path source : sources) {
            compile.add(source.toString());
        }
        run("javac", compile);
        Path jar = directory.resolve("program.jar");
        run("jar", List.of("--create", "--file", jar.toString(), "-C", classes.toString(), "."));
        return jar;
    }

    private static void run(String tool, List<String> arguments) {
        ToolProvider provider = ToolProvider.findFirst(tool)
                .orElseThrow(() -> new AssertionError("This Java has no " + tool + ": use a JDK"));
        int exitCode = provider.run(
                new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments.toArray(String[]::new));
        assertThat(exitCode).as("%s %s", tool, arguments).isZero();
    }
}
