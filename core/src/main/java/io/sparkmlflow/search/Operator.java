package io.sparkmlflow.search;

import java.util.Optional;

/** How a field is compared. */
public enum Operator {
    EQUAL("="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">="),
    LIKE("LIKE"),
    /** {@link #LIKE} without regard to case. */
    ILIKE("ILIKE"),
    IN("IN"),
    NOT_IN("NOT IN"),
    /** True where there is no such param or tag; without an operand. */
    IS_NULL("IS NULL"),
    /** True where there is such a param or tag; without an operand. */
    IS_NOT_NULL("IS NOT NULL");

    private final String symbol;

    Operator(String symbol) {
        this.symbol = symbol;
    }

    /** Returns it as it is written in a filter and in SQL, in upper case. */
    public String symbol() {
        return symbol;
    }

    /** Returns the operator written as {@code symbol}, in upper case. */
    static Optional<Operator> of(String symbol) {
        for (Operator operator : values()) {
            if (operator.symbol.equals(symbol)) {
                return Optional.of(operator);
            }
        }
        return Optional.empty();
    }

    boolean isNullCheck() {
        return this == IS_NULL || this == IS_NOT_NULL;
    }
}
