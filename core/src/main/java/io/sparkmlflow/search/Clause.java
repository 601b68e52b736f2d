package io.sparkmlflow.search;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A comparison as it is written, before it is known whether it makes sense.
 *
 * @param operator in upper case; any word or sign that stands between two sides
 * @param right the other side; {@code null} for a list or a check for null
 * @param list what stands between the parentheses; {@code null} for anything but a list
 */
record Clause(Token left, String operator, Token right, List<Token> list) {
    /** Returns the other side as it is written, for messages. */
    String rightText() {
        if (list == null) {
            return right == null ? "" : right.text();
        }
        return list.stream().map(Token::text).collect(Collectors.joining("", "(", ")"));
    }
}
