package io.sparkmlflow.store.file;

import io.sparkmlflow.search.Field;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.OrderBy;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Comparators that put things where the SQL stores put them. */
final class Sorting {
    private Sorting() {}

    /** Sorts by a value; those without one come last in both directions. */
    static <T, V> Comparator<T> nullsLast(Function<T, V> value, Comparator<V> order, boolean ascending) {
        return Comparator.comparing(value, Comparator.nullsLast(ascending ? order : order.reversed()));
    }

    static <T> Comparator<T> texts(Function<T, String> value, boolean ascending) {
        return nullsLast(value, Matching.TEXTS, ascending);
    }

    static <T> Comparator<T> numbers(Function<T, Long> value, boolean ascending) {
        return nullsLast(value, Comparator.naturalOrder(), ascending);
    }

    /** Sorts by a metric's value: NaNs come after the numbers and before those without one, in both directions. */
    static <T> Comparator<T> metrics(Function<T, Double> value, boolean ascending) {
        Comparator<Double> numbers = ascending
                ? Comparator.naturalOrder()
                : Comparator.<Double>naturalOrder().reversed();
        Comparator<Double> nansLast = Comparator.comparing((Double number) -> number.isNaN())
                .thenComparing((a, b) -> a.isNaN() ? 0 : numbers.compare(a + 0.0, b + 0.0));
        return Comparator.comparing(value, Comparator.nullsLast(nansLast));
    }

    static boolean hasAttribute(List<OrderBy> order, String key) {
        return order.stream().anyMatch(by -> by.field().equals(new Field(FieldType.ATTRIBUTE, key)));
    }

    /** Sorts by one comparator after the other. */
    static <T> Comparator<T> all(List<Comparator<T>> comparators) {
        return comparators.stream().reduce((a, b) -> 0, Comparator::thenComparing);
    }
}
