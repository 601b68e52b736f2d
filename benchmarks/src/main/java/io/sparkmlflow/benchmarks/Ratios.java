package io.sparkmlflow.benchmarks;

import java.lang.management.ManagementFactory;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The pairs of one benchmark: how many times as fast one side was, Java beside Python unless they are called otherwise. */
final class Ratios {
    private final String name;
    private final String unit;
    private final double goal;
    private final String other;
    private final String own;
    private final List<Double> others = new ArrayList<>();
    private final List<Double> ours = new ArrayList<>();
    private final List<Double> processor = new ArrayList<>();

    /**
     * @param unit of the rates, e.g. {@code points/s}
     * @param goal the least ratio that is wanted
     */
    Ratios(String name, String unit, double goal) {
        this(name, unit, goal, "Python", "Java");
    }

    /**
     * @param other what the side is called that is compared with
     * @param own what the side is called whose ratio is given
     */
    Ratios(String name, String unit, double goal, String other, String own) {
        this.name = name;
        this.unit = unit;
        this.goal = goal;
        this.other = other;
        this.own = own;
    }

    /** Adds a pair of rates. */
    void add(double otherRate, double ourRate) {
        others.add(otherRate);
        ours.add(ourRate);
    }

    /** Adds the rates of a pair that did the same amount of work, and the ratio of the processor time that it took. */
    void add(long amount, Cost other, Cost our) {
        add(amount / other.seconds(), amount / our.seconds());
        processor.add(other.processorSeconds() / our.processorSeconds());
    }

    @Override
    public String toString() {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            ratios.add(ours.get(i) / others.get(i));
        }
        String text = String.format(
                Locale.ROOT,
                "%s%n  %s %s %s, %s %s %s%n  ratio  %s over %d pairs; wanted: at least %.3g%n",
                name,
                other,
                range(others),
                unit,
                own,
                range(ours),
                unit,
                range(ratios),
                ratios.size(),
                goal);
        return processor.isEmpty() ? text : text + String.format("  ratio of processor time  %s%n", range(processor));
    }

    /** Prints where and when this is measured. */
    static void printHeading() {
        System.out.printf(
                "%s, %d processors, load %.1f, Java %s%nLeast / middle / greatest.%n%n",
                LocalDate.now(),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                System.getProperty("java.version"));
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
