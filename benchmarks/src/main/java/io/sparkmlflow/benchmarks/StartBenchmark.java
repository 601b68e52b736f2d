package io.sparkmlflow.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How much later a SparkContext is ready: from the start of {@code spark-submit} to the first answer of the program. Spark takes a
 * while for any jar that is added, so each listener is beside a run with its jar and without itself.
 */
final class StartBenchmark {
    private final Path folder;
    private final int pairs;

    StartBenchmark(Path folder, int pairs) {
        this.folder = folder;
        this.pairs = pairs;
    }

    void run(List<Arm> arms) {
        System.out.printf("start of an application; wanted: at most 0.3 s more than without the listener%n");
        for (Arm arm : arms) {
            if (arm.baseline() == null) {
                continue;
            }
            Arm jarAlone =
                    new Arm(arm.name() + ", its jar alone", arm.sparkHome(), arm.jars(), Map.of(), arm.baseline());
            List<Double> with = new ArrayList<>();
            List<Double> without = new ArrayList<>();
            List<Double> added = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                boolean isFirst = i % 2 == 0;
                double first = start(isFirst ? arm : jarAlone);
                double second = start(isFirst ? jarAlone : arm);
                with.add(isFirst ? first : second);
                without.add(isFirst ? second : first);
                added.add(with.get(i) - without.get(i));
            }
            System.out.printf(
                    "  %s: %s s, its jar alone %s s, added %s s, %d pairs%n",
                    arm.name(), Ratios.range(with), Ratios.range(without), Ratios.range(added), pairs);
        }
        System.out.println();
    }

    private double start(Arm arm) {
        long begin = System.nanoTime();
        try (Application application = Application.start(arm, folder)) {
            return (System.nanoTime() - begin) / 1e9;
        }
    }
}
