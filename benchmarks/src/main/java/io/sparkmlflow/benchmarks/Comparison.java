package io.sparkmlflow.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The pieces of work of one benchmark in several arms, each beside its arm without a listener. */
final class Comparison {
    private final String name;
    private final double goal;
    private final Map<Arm, List<Map<String, Double>>> pieces = new LinkedHashMap<>();
    private final Map<Arm, List<Map<String, Double>>> bus = new LinkedHashMap<>();

    /** @param goal the greatest ratio of seconds that is wanted of ours */
    Comparison(String name, double goal) {
        this.name = name;
        this.goal = goal;
    }

    /** Adds what one piece took; pieces of all arms are added equally often. */
    void add(Arm arm, Map<String, Double> figures) {
        pieces.computeIfAbsent(arm, same -> new ArrayList<>()).add(figures);
    }

    /** Adds what Spark's bus says in the end. */
    void addBus(Arm arm, Map<String, Double> figures) {
        bus.computeIfAbsent(arm, same -> new ArrayList<>()).add(figures);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s, %d pairs; wanted: at most %.3g of the time without, p99 on the bus at most 200 us%n",
                name,
                pieces.values().iterator().next().size(),
                goal));
        pieces.forEach((arm, figures) -> {
            text.append("  ").append(arm.name()).append(": ").append(Ratios.range(values(figures, "seconds")));
            text.append(" s");
            if (arm.baseline() != null) {
                text.append("; ratio ").append(ratios(arm, "seconds"));
                text.append("; until the bus is empty ").append(ratios(arm, "drained"));
                text.append("; of processor time ").append(ratios(arm, "process"));
                text.append("; processor time of our threads ")
                        .append(shares(figures))
                        .append(" of the seconds");
            }
            text.append(String.format("%n    %s%n", busFigures(bus.get(arm))));
        });
        return text.toString();
    }

    private String ratios(Arm arm, String figure) {
        List<Double> ratios = new ArrayList<>();
        List<Double> ours = values(pieces.get(arm), figure);
        List<Double> without = values(pieces.get(arm.baseline()), figure);
        for (int i = 0; i < ours.size(); i++) {
            ratios.add(ours.get(i) / without.get(i));
        }
        return Ratios.range(ratios);
    }

    /** What our threads take is told by the system, not by a difference of two noisy times. */
    private static String shares(List<Map<String, Double>> figures) {
        return Ratios.range(figures.stream()
                .map(figure -> figure.get("ours") / figure.get("seconds"))
                .toList());
    }

    static List<Double> values(List<Map<String, Double>> figures, String name) {
        return figures.stream().map(figure -> figure.get(name)).toList();
    }

    /** Returns the dropped events, and the time that listeners other than Spark's own take for an event. */
    static String busFigures(List<Map<String, Double>> figures) {
        StringBuilder text = new StringBuilder("dropped events ").append(Ratios.range(values(figures, "dropped")));
        for (String figure : figures.get(0).keySet()) {
            if (figure.startsWith("p99.") && !figure.startsWith("p99.org.apache.spark.")) {
                String listener = figure.substring("p99.".length());
                text.append("; ").append(listener.substring(listener.lastIndexOf('.') + 1));
                text.append(" p99 ").append(Ratios.range(values(figures, figure)));
                text.append(" us, mean ").append(Ratios.range(values(figures, "mean." + listener)));
                text.append(" us, greatest ").append(Ratios.range(values(figures, "max." + listener)));
                text.append(" us");
            }
        }
        return text.toString();
    }
}
