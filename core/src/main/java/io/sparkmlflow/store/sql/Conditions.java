package io.sparkmlflow.store.sql;

import io.sparkmlflow.search.Operand;
import io.sparkmlflow.search.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The conditions of a query, which must all hold, and the values of their marks. */
final class Conditions {
    private final Dialect dialect;
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> arguments = new ArrayList<>();

    Conditions(Dialect dialect) {
        this.dialect = dialect;
    }

    /** Returns conditions for the same database, without any so far: for a query in this one. */
    Conditions none() {
        return new Conditions(dialect);
    }

    /** Adds a condition with a mark for each argument. */
    Conditions and(String condition, Object... values) {
        conditions.add(condition);
        arguments.addAll(Arrays.asList(values));
        return this;
    }

    /** Adds a comparison of a column. */
    Conditions compare(String column, Operator operator, Operand operand) {
        String comparison = comparison(column, operator, operand);
        Object[] values = values(operand);
        for (long marks = comparison.chars().filter(c -> c == '?').count(); marks > 0; marks -= values.length) {
            arguments.addAll(Arrays.asList(values));
        }
        conditions.add(comparison);
        return this;
    }

    /** Adds that a column is this text. */
    Conditions is(String column, String text) {
        return compare(column, Operator.EQUAL, new Operand.Text(text));
    }

    /**
     * Adds that a row exists, or not.
     *
     * @param exists whether it must exist or must not
     * @param query what is selected from, with the conditions that it has so far
     */
    Conditions exists(boolean exists, String query, Conditions rows) {
        return and((exists ? "" : "NOT ") + "EXISTS (SELECT 1 FROM " + query + rows.where() + ")", rows.arguments());
    }

    /** Returns {@code  WHERE …}, or nothing if there are no conditions. */
    String where() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    Object[] arguments() {
        return arguments.toArray();
    }

    /** Returns the arguments of the joins before, of these conditions, and of what comes after. */
    Object[] arguments(List<Object> before, Object... after) {
        List<Object> all = new ArrayList<>(before);
        all.addAll(arguments);
        all.addAll(Arrays.asList(after));
        return all.toArray();
    }

    private String comparison(String column, Operator operator, Operand operand) {
        if (operand instanceof Operand.Texts texts) {
            return dialect.compareTexts(
                    column, operator, Session.marks(texts.values().size()));
        }
        return operand instanceof Operand.Text
                ? dialect.compareTexts(column, operator, "?")
                : column + " " + operator.symbol() + " ?";
    }

    static Object[] values(Operand operand) {
        if (operand instanceof Operand.Texts texts) {
            return texts.values().toArray();
        }
        if (operand instanceof Operand.Whole whole) {
            return new Object[] {whole.value()};
        }
        if (operand instanceof Operand.Real real) {
            return new Object[] {real.value()};
        }
        return new Object[] {((Operand.Text) operand).value()};
    }

    /** Returns {@code column IN (1, 2, …)} for any number of ids: a statement has only so many marks. */
    static String in(String column, List<Long> ids) {
        return ids.isEmpty()
                ? "1 = 0"
                : column + " IN ("
                        + String.join(", ", ids.stream().map(String::valueOf).toList()) + ")";
    }
}
