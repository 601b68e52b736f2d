package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What fitting and logging a small pipeline from PySpark costs with Python's autologging and with our listener, beside the same
 * program that logs nothing. Both track to one real server. Measured is the time from before the first fit until after
 * {@code spark.stop()}, when everything is logged, each in a process of its own. A script with a single fit pays for the first
 * model that Spark writes in this JVM besides; one that fits {@value #MORE_FITS} times pays for it once.
 */
final class AutologBenchmark {
    private static final Path SCRIPT =
            Path.of("src/main/python/autolog_side.py").toAbsolutePath();
    private static final int MORE_FITS = 5;
    private static final String NOTHING = "nothing";
    private static final String PYTHON = "Python's autolog";
    private static final String PYTHON_NO_MODELS = "Python's autolog without models";
    private static final String OURS = "spark-mlflow";
    private static final String OURS_NO_MODELS = "spark-mlflow without models";

    private final Path folder;
    private final int pairs;

    AutologBenchmark(Path folder, int pairs) {
        this.folder = folder;
        this.pairs = pairs;
    }

    void run() throws IOException, InterruptedException {
        PythonFlavor.writeIris(folder);
        try (TrackingServer server = TrackingServer.start(folder)) {
            Arm none = Arm.none();
            Arm ours = none.ours(OURS, server.uri(), Map.of());
            Arm oursNoModels =
                    none.ours(OURS_NO_MODELS, server.uri(), Map.of("spark.mlflow.autolog.logModels", "false"));
            for (int fits : new int[] {1, MORE_FITS}) {
                Map<String, List<Double>> seconds = new LinkedHashMap<>();
                for (int i = 0; i < pairs; i++) {
                    add(seconds, NOTHING, fit(none, NOTHING, server, fits));
                    add(seconds, PYTHON, fit(none, "models", server, fits));
                    add(seconds, OURS, fit(ours, NOTHING, server, fits));
                    add(seconds, PYTHON_NO_MODELS, fit(none, "no-models", server, fits));
                    add(seconds, OURS_NO_MODELS, fit(oursNoModels, NOTHING, server, fits));
                }
                print(seconds, fits);
            }
        }
    }

    private static void add(Map<String, List<Double>> seconds, String arm, double value) {
        seconds.computeIfAbsent(arm, same -> new ArrayList<>()).add(value);
    }

    private static void print(Map<String, List<Double>> seconds, int fits) {
        System.out.printf("a small pipeline, fits: %d, and spark.stop(), in PySpark, tracked to a server%n", fits);
        seconds.forEach((arm, values) -> System.out.printf("  %s: %s s%n", arm, Ratios.range(values)));
        System.out.printf("  what is added, ours to Python's: %s; wanted: at most 0.1%n", added(seconds, OURS, PYTHON));
        System.out.printf(
                "  the same without models: %s; wanted: at most 0.5%n%n",
                added(seconds, OURS_NO_MODELS, PYTHON_NO_MODELS));
    }

    private static String added(Map<String, List<Double>> seconds, String ours, String python) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < seconds.get(NOTHING).size(); i++) {
            double without = seconds.get(NOTHING).get(i);
            ratios.add(
                    (seconds.get(ours).get(i) - without) / (seconds.get(python).get(i) - without));
        }
        return Ratios.range(ratios);
    }

    private double fit(Arm arm, String autolog, TrackingServer server, int fits) {
        List<String> command = new ArrayList<>(List.of(
                Side.PYTHON_PROGRAM.toString(), SCRIPT.toString(), autolog, server.uri(), String.valueOf(fits)));
        arm.jars().forEach(jar -> command.add("spark.jars=" + jar));
        arm.conf().forEach((key, value) -> command.add(key + "=" + value));
        List<String> lines = new ArrayList<>();
        Side.execute(folder, command, lines::add, SCRIPT.getFileName() + " " + autolog);
        return Double.parseDouble(lines.get(lines.size() - 1));
    }
}
