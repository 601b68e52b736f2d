package io.sparkmlflow.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A model of scikit-learn from SQL beside Python's {@code mlflow.pyfunc.spark_udf} of the same saved model, over the same table, in
 * turns in one session of PySpark; both run in Python workers. Each of them has been called before.
 */
final class SklearnBenchmark {
    private static final Path SCRIPT =
            Path.of("src/main/python/sklearn_side.py").toAbsolutePath();
    private static final int ROWS = 1_000_000;

    private final Path folder;
    private final int pairs;

    SklearnBenchmark(Path folder, int pairs) {
        this.folder = folder;
        this.pairs = pairs;
    }

    void run() {
        for (String arguments : List.of("struct", "columns")) {
            System.out.println(measure(arguments));
        }
    }

    private Ratios measure(String arguments) {
        List<String> command = new ArrayList<>(List.of(
                Side.PYTHON_PROGRAM.toString(),
                SCRIPT.toString(),
                arguments,
                String.valueOf(ROWS),
                String.valueOf(pairs)));
        Arm.none().ours("sql", "", Map.of()).jars().forEach(jar -> command.add("spark.jars=" + jar));
        Ratios ratios = new Ratios(
                "mlflow_predict of a scikit-learn model beside spark_udf, called with " + arguments, "rows/s", 1);
        Side.execute(
                folder,
                command,
                line -> {
                    if (line.startsWith("pair ")) {
                        String[] seconds = line.split(" ");
                        ratios.add(ROWS / Double.parseDouble(seconds[1]), ROWS / Double.parseDouble(seconds[2]));
                    }
                },
                SCRIPT.getFileName() + " " + arguments);
        return ratios;
    }
}
