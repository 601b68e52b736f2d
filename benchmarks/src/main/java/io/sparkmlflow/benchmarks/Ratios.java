package io.sparkmlflow.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The pairs of one benchmark: how many times as fast Java was. */
final class Ratios {
    private final String name;
    private final String unit;
    private final double goal;
    private final List<Double> python = new ArrayList<>();
    private final List<Double> java = new ArrayList<>();

    /**
     * @param unit of the rates, e.g. {@code points/s}
     * @param goal the least ratio that is wanted
     */
    Ratios(String name, String unit, double goal) {
        this.name = name;
        this.unit = unit;
        this.goal = goal;
    }

    /** Adds a pair of rates. */
    void add(double pythonRate, double javaRate) {
        python.add(pythonRate);
        java.add(javaRate);
    }

    @Override
    public String toString() {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < java.size(); i++) {
            ratios.add(java.get(i) / python.get(i));
        }
        return String.format(
                Locale.ROOT,
                "%s%n  Python %s %s, Java %s %s%n  ratio  %s over %d pairs; wanted: at least %.3g%n",
                name,
                range(python),
                unit,
                range(java),
                unit,
                range(ratios),
                ratios.size(),
                goal);
    }

    /** Returns the least, the middle and the greatest of some values. */
    static String range(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "%.4g / %.4g / %.4g",
                sorted.get(0),
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() - 1));
    }
}
