package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.search.Field;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.SearchGrammar;
import java.util.ArrayList;
import java.util.List;

/** The {@code ORDER BY} of a query, and the joins that it needs. */
final class Ordering {
    /** A database joins only so many tables. */
    private static final int MAX_KEYS = 32;

    private final List<String> keys = new ArrayList<>();
    private final StringBuilder joins = new StringBuilder();
    private final List<Object> joinArguments = new ArrayList<>();

    /** Reads order clauses. A field may be ordered by once. */
    static List<OrderBy> parse(SearchGrammar grammar, List<String> clauses) {
        List<OrderBy> order = grammar.parseOrderBys(clauses);
        limit(order.size());
        return order;
    }

    static void limit(int keys) {
        if (keys > MAX_KEYS) {
            throw MlflowException.invalidParameter(
                    "A search can be ordered by at most " + MAX_KEYS + " fields, but got " + keys);
        }
    }

    static boolean hasAttribute(List<OrderBy> order, String key) {
        return order.stream().anyMatch(by -> by.field().equals(new Field(FieldType.ATTRIBUTE, key)));
    }

    /** Adds a key, with nulls where the database puts them. */
    Ordering by(String column, boolean ascending) {
        keys.add(column + (ascending ? " ASC" : " DESC"));
        return this;
    }

    /** Adds a key with nulls at the end in both directions. */
    Ordering nullsLast(String column, boolean ascending) {
        keys.add("CASE WHEN " + column + " IS NULL THEN 1 ELSE 0 END");
        return by(column, ascending);
    }

    /** Adds a key whose NaNs come after the numbers, and nulls after the NaNs, in both directions. */
    Ordering nanAndNullsLast(String alias, boolean ascending) {
        keys.add("CASE WHEN " + alias + ".is_nan THEN 1 WHEN " + alias + ".value IS NULL THEN 2 ELSE 0 END");
        return by(alias + ".value", ascending);
    }

    /** Returns a table's name in this query that no other join has. */
    String newAlias() {
        return "o" + joinArguments.size() + "_" + keys.size();
    }

    void leftJoin(String join, Object... values) {
        joins.append(" LEFT JOIN ").append(join);
        joinArguments.addAll(List.of(values));
    }

    String joins() {
        return joins.toString();
    }

    List<Object> joinArguments() {
        return joinArguments;
    }

    String orderBy() {
        return " ORDER BY " + String.join(", ", keys);
    }
}
