package io.sparkmlflow.store.file;

import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.Operand;
import io.sparkmlflow.search.Operator;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** Whether a value fulfils a comparison, as SQL has it: no comparison with a missing value holds, {@code !=} included. */
final class Matching {
    /** The order of texts in a database: by code points, which is not the order of Java's characters. */
    static final Comparator<String> TEXTS = (a, b) -> {
        int i = 0;
        while (i < a.length() && i < b.length()) {
            int left = a.codePointAt(i);
            int right = b.codePointAt(i);
            if (left != right) {
                return Integer.compare(left, right);
            }
            i += Character.charCount(left);
        }
        return Integer.compare(a.length(), b.length());
    };

    private Matching() {}

    /** Compares what a key has, or checks whether it has anything. */
    static boolean key(Map<String, String> values, Comparison comparison) {
        String value = values.get(comparison.field().key());
        return switch (comparison.operator()) {
            case IS_NULL -> value == null;
            case IS_NOT_NULL -> value != null;
            default -> text(value, comparison);
        };
    }

    static boolean text(String value, Comparison comparison) {
        if (value == null) {
            return false;
        }
        if (comparison.operand() instanceof Operand.Texts texts) {
            return texts.values().contains(value) == (comparison.operator() == Operator.IN);
        }
        if (!(comparison.operand() instanceof Operand.Text operand)) {
            throw new IllegalStateException("The grammar lets no number be compared with a text: " + comparison);
        }
        return switch (comparison.operator()) {
            case LIKE -> like(value, operand.value());
            case ILIKE -> like(value.toLowerCase(Locale.ROOT), operand.value().toLowerCase(Locale.ROOT));
            default -> holds(comparison.operator(), TEXTS.compare(value, operand.value()));
        };
    }

    /** Compares a number; NaN is unequal to any, and no other comparison with it holds. */
    static boolean number(Number value, Comparison comparison) {
        if (value == null) {
            return false;
        }
        if (value instanceof Double real && real.isNaN()) {
            return comparison.operator() == Operator.NOT_EQUAL;
        }
        if (value instanceof Long whole && comparison.operand() instanceof Operand.Whole operand) {
            return holds(comparison.operator(), Long.compare(whole, operand.value()));
        }
        double operand =
                comparison.operand() instanceof Operand.Whole whole ? whole.value() : real(comparison.operand());
        // Adding 0 makes -0 a 0: they are equal.
        return holds(comparison.operator(), Double.compare(value.doubleValue() + 0.0, operand + 0.0));
    }

    private static double real(Operand operand) {
        if (operand instanceof Operand.Real real) {
            return real.value();
        }
        throw new IllegalStateException("The grammar lets no text be compared with a number: " + operand);
    }

    private static boolean holds(Operator operator, int order) {
        return switch (operator) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
            case GREATER -> order > 0;
            case GREATER_OR_EQUAL -> order >= 0;
            default -> throw new IllegalStateException("Not for one value: " + operator);
        };
    }

    /** Matches {@code %} (any characters) and {@code _} (one); there is no escape. Goes back to the last {@code %} only. */
    static boolean like(String value, String pattern) {
        int[] text = value.codePoints().toArray();
        int[] wanted = pattern.codePoints().toArray();
        int at = 0;
        int in = 0;
        int percent = -1;
        int resume = 0;
        while (at < text.length) {
            if (in < wanted.length && wanted[in] == '%') {
                percent = in++;
                resume = at;
            } else if (in < wanted.length && (wanted[in] == '_' || wanted[in] == text[at])) {
                in++;
                at++;
            } else if (percent >= 0) {
                in = percent + 1;
                at = ++resume;
            } else {
                return false;
            }
        }
        while (in < wanted.length && wanted[in] == '%') {
            in++;
        }
        return in == wanted.length;
    }
}
