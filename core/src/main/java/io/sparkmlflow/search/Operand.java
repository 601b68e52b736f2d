package io.sparkmlflow.search;

import java.util.List;

/** What a field is compared with. */
public sealed interface Operand {
    /** A text as it stood between its quotes: MLflow knows no escapes. */
    record Text(String value) implements Operand {}

    /** A number without a fraction, for an attribute. */
    record Whole(long value) implements Operand {}

    /** A number for a metric, or one with a fraction for an attribute. */
    record Real(double value) implements Operand {}

    /** The texts of an {@code IN (…)}; at least one. */
    record Texts(List<String> values) implements Operand {
        public Texts {
            values = List.copyOf(values);
        }
    }
}
