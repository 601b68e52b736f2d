package io.sparkmlflow.search;

/**
 * One condition of a filter. A filter is a list of them that must all hold.
 *
 * @param operand of a kind that fits field and operator; {@code null} for {@link Operator#IS_NULL} and {@link
 *     Operator#IS_NOT_NULL}
 */
public record Comparison(Field field, Operator operator, Operand operand) {}
