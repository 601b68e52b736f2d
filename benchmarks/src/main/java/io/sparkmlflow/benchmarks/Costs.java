package io.sparkmlflow.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The pairs of one benchmark: how many times what the other side costs this project costs. */
final class Costs {
    private final String name;
    private final String other;
    private final double goal;
    private final List<Cost> ours = new ArrayList<>();
    private final List<Cost> others = new ArrayList<>();

    /**
     * @param name of what this project does
     * @param other what it is compared with
     * @param goal the greatest ratio of seconds that is wanted
     */
    Costs(String name, String other, double goal) {
        this.name = name;
        this.other = other;
        this.goal = goal;
    }

    /** Measures a number of pairs, each in the opposite order of the one before. */
    Costs measure(int pairs, Supplier<Cost> our, Supplier<Cost> their) {
        for (int i = 0; i < pairs; i++) {
            if (i % 2 == 0) {
                ours.add(our.get());
                others.add(their.get());
            } else {
                others.add(their.get());
                ours.add(our.get());
            }
        }
        return this;
    }

    @Override
    public String toString() {
        String text = String.format(
                Locale.ROOT,
                "%s%n  %s s; %s %s s%n  ratio of seconds %s over %d pairs; wanted: at most %.3g%n",
                name,
                range(ours, Cost::seconds),
                other,
                range(others, Cost::seconds),
                ratios(Cost::seconds),
                ours.size(),
                goal);
        return ours.stream().anyMatch(cost -> Double.isNaN(cost.processorSeconds()))
                        || others.stream().anyMatch(cost -> Double.isNaN(cost.processorSeconds()))
                ? text
                : text + String.format("  ratio of processor time %s%n", ratios(Cost::processorSeconds));
    }

    private String ratios(ToDoubleFunction<Cost> measure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            ratios.add(measure.applyAsDouble(ours.get(i)) / measure.applyAsDouble(others.get(i)));
        }
        return Ratios.range(ratios);
    }

    private static String range(List<Cost> costs, ToDoubleFunction<Cost> measure) {
        return Ratios.range(costs.stream().map(measure::applyAsDouble).toList());
    }
}
