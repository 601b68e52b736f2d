package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Models as functions beside Spark's own {@code transform}, beside Python's {@code spark_udf}, and single rows beside MLeap and
 * JPMML, in pairs.
 */
final class UdfBenchmarks {
    private static final int DEFAULT_PAIRS = 5;
    /** Of what takes minutes. */
    private static final int DEFAULT_LONG_PAIRS = 3;

    private static final long BATCH_ROWS = 5_000_000;
    private static final long SMOKE_ROWS = 100_000;
    private static final Set<String> ALL = Set.of("batch", "python", "rows", "forest", "first", "sklearn");

    private UdfBenchmarks() {}

    /** Arguments: how many pairs, which benchmarks (none for all), and {@code smoke} for a fiftieth of the work in two pairs. */
    public static void main(String[] args) throws IOException {
        boolean isSmoke = List.of(args).contains("smoke");
        int pairs = isSmoke ? 2 : DEFAULT_PAIRS;
        int longPairs = isSmoke ? 2 : DEFAULT_LONG_PAIRS;
        Set<String> wanted = new TreeSet<>();
        for (String arg : args) {
            if (arg.matches("\\d+")) {
                pairs = Integer.parseInt(arg);
                longPairs = pairs;
            } else if (ALL.contains(arg)) {
                wanted.add(arg);
            } else if (!arg.equals("smoke")) {
                throw new IllegalArgumentException("There is no benchmark '" + arg + "', but " + new TreeSet<>(ALL));
            }
        }
        if (wanted.isEmpty()) {
            wanted.addAll(ALL);
        }
        Path folder = Files.createTempDirectory("mlflow-benchmarks");
        Ratios.printHeading();
        try (ScoringSpark spark = new ScoringSpark(folder)) {
            if (wanted.contains("batch")) {
                new BatchBenchmark(spark, longPairs, isSmoke ? SMOKE_ROWS : BATCH_ROWS).run();
            }
            if (wanted.contains("forest")) {
                new BigForestBenchmark(spark, pairs, isSmoke).run();
            }
            if (wanted.contains("first")) {
                new FirstRowBenchmark(spark, folder, pairs).run();
            }
            if (wanted.contains("python")) {
                new PythonUdfBenchmark(spark, folder, isSmoke).run();
            }
            if (wanted.contains("rows")) {
                new RowBenchmark(spark, folder, longPairs, isSmoke).run();
            }
        }
        if (wanted.contains("sklearn")) {
            new SklearnBenchmark(folder, pairs).run();
        }
        System.out.println("What was written is in " + folder);
    }
}
