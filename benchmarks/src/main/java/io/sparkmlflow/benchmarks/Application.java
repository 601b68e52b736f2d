package io.sparkmlflow.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** A spark-submit of {@link ListenerWorkload}, with what an arm adds to it, that does what it is asked for. */
final class Application implements AutoCloseable {
    private static final Path SOURCES =
            Path.of("src/main/java/io/sparkmlflow/benchmarks").toAbsolutePath();
    private static final String ANSWER = "MEASURED ";

    private final Arm arm;
    private final Path folder;
    private final Process process;
    private final BufferedWriter questions;
    private final BufferedReader answers;

    private Application(Arm arm, Path folder, Process process) {
        this.arm = arm;
        this.folder = folder;
        this.process = process;
        this.questions = process.outputWriter(StandardCharsets.UTF_8);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts one whose SparkContext is ready. */
    static Application start(Arm arm, Path folder) {
        List<String> command = new ArrayList<>(List.of(
                arm.sparkHome().resolve("bin/spark-submit").toString(),
                "--master",
                "local[2]",
                "--driver-memory",
                "2g",
                "--driver-java-options",
                "-Dlog4j2.configurationFile=" + logging(folder).toUri(),
                "--class",
                ListenerWorkload.class.getName(),
                "--name",
                arm.name()));
        Map<String, String> conf = new LinkedHashMap<>(arm.conf());
        conf.put("spark.ui.enabled", "false");
        conf.put("spark.driver.host", "127.0.0.1");
        conf.put("spark.driver.bindAddress", "127.0.0.1");
        conf.put("spark.sql.warehouse.dir", folder.resolve("warehouse").toString());
        conf.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        if (!arm.jars().isEmpty()) {
            StringJoiner jars = new StringJoiner(",");
            arm.jars().forEach(jar -> jars.add(jar.toString()));
            command.addAll(List.of("--jars", jars.toString()));
        }
        command.add(program(arm.sparkHome(), folder).toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(errors(folder).toFile()));
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        try {
            Application application = new Application(arm, folder, builder.start());
            application.answer();
            return application;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Arm arm() {
        return arm;
    }

    /** Asks for something and returns its figures. */
    Map<String, Double> ask(Object... words) {
        StringJoiner line = new StringJoiner(" ", "", "\n");
        for (Object word : words) {
            line.add(word.toString());
        }
        try {
            questions.write(line.toString());
            questions.flush();
            return answer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, Double> answer() throws IOException {
        String line = answers.readLine();
        while (line != null && !line.startsWith(ANSWER)) {
            line = answers.readLine();
        }
        if (line == null) {
            throw new IOException("The application with " + arm.name() + " ended; see " + errors(folder));
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        for (String figure : line.substring(ANSWER.length()).split(" ")) {
            int at = figure.lastIndexOf('=');
            if (at > 0) {
                figures.put(figure.substring(0, at), Double.valueOf(figure.substring(at + 1)));
            }
        }
        return figures;
    }

    /** The application ends with its input. */
    @Override
    public void close() {
        try {
            questions.close();
            if (process.waitFor() != 0) {
                throw new IllegalStateException("The application with " + arm.name() + " ended with "
                        + process.exitValue() + "; see " + errors(folder));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static Path errors(Path folder) {
        return folder.resolve("errors.txt");
    }

    /** Spark's own default is INFO, which would be most of what is measured. */
    private static Path logging(Path folder) {
        return written(folder.resolve("log4j2.properties"), """
                rootLogger.level = warn
                rootLogger.appenderRef.stderr.ref = stderr
                appender.stderr.type = Console
                appender.stderr.name = stderr
                appender.stderr.target = SYSTEM_ERR
                appender.stderr.layout.type = PatternLayout
                appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c: %m%n%ex
                """);
    }

    /** Compiles the application for a Spark: Java's calls of Spark 3.5 and of 4 do not link with each other. */
    private static Path program(Path sparkHome, Path folder) {
        Path jar = folder.resolve("workload-" + Integer.toHexString(sparkHome.hashCode()) + ".jar");
        if (!Files.exists(jar)) {
            Path classes = folder.resolve(jar.getFileName() + "-classes");
            run(
                    folder,
                    "javac",
                    "-nowarn",
                    "-cp",
                    sparkHome.resolve("jars") + "/*",
                    "-d",
                    classes.toString(),
                    SOURCES.resolve("ListenerWorkload.java").toString(),
                    SOURCES.resolve("DriverFigures.java").toString());
            run(folder, "jar", "--create", "--file", jar.toString(), "-C", classes.toString(), ".");
        }
        return jar;
    }

    private static void run(Path folder, String tool, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(errors(folder).toFile()))
                    .start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(tool + " failed; see " + errors(folder));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static Path written(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
