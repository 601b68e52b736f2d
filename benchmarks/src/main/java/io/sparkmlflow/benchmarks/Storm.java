package io.sparkmlflow.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Processor time of listeners' threads while one job of 20 ms follows the other. */
final class Storm {
    private static final double JOB_SECONDS = 0.020;
    private static final double GOAL_PERCENT = 1;

    private final int jobs;
    private final Map<Arm, List<Map<String, Double>>> storms = new LinkedHashMap<>();
    private final Map<Arm, List<Map<String, Double>>> bus = new LinkedHashMap<>();

    Storm(int jobs) {
        this.jobs = jobs;
    }

    void add(Arm arm, Map<String, Double> figures, Map<String, Double> busFigures) {
        storms.computeIfAbsent(arm, same -> new ArrayList<>()).add(figures);
        bus.computeIfAbsent(arm, same -> new ArrayList<>()).add(busFigures);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "a storm of %d jobs of 20 ms; wanted: our threads at most %.2g %% of a core%n",
                jobs,
                GOAL_PERCENT));
        storms.forEach((arm, figures) -> {
            text.append(String.format(
                    Locale.ROOT, "  %s: %s ms for a job", arm.name(), Ratios.range(forJob(figures, "seconds", 1e3))));
            text.append("; all threads of the bus and ours ").append(percent(figures, "listeners"));
            text.append(" % of a core, ours ").append(percent(figures, "ours")).append(" %");
            text.append("; the process ").append(percent(figures, "process"));
            text.append(String.format(" %%%n    %s%n", Comparison.busFigures(bus.get(arm))));
        });
        return text.toString();
    }

    /** A job is counted as 20 ms: on a busy machine it takes longer, and the share would look smaller than it is. */
    private String percent(List<Map<String, Double>> figures, String name) {
        return Ratios.range(forJob(figures, name, 100 / JOB_SECONDS));
    }

    private List<Double> forJob(List<Map<String, Double>> figures, String name, double unit) {
        return figures.stream().map(figure -> figure.get(name) / jobs * unit).toList();
    }
}
