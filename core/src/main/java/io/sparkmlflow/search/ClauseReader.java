package io.sparkmlflow.search;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Finds the comparisons in a filter. As with MLflow, {@code AND} between them is only for the reader's eye; whatever is
 * neither a comparison nor {@code AND} is an invalid clause.
 */
final class ClauseReader {
    private final List<Token> tokens;
    private final int[] closers;
    private final List<Clause> clauses = new ArrayList<>();
    private final List<String> invalid = new ArrayList<>();
    private int at;

    private ClauseReader(List<Token> tokens) {
        this.tokens = tokens;
        this.closers = closers(tokens);
    }

    /** @param invalid the texts that are no comparisons */
    record Clauses(List<Clause> clauses, List<String> invalid) {}

    static Clauses read(List<Token> tokens) {
        ClauseReader reader = new ClauseReader(tokens);
        while (reader.at < tokens.size()) {
            if (reader.peek(0).isKeyword("AND")) {
                reader.at++;
            } else if (!reader.readNullCheck() && !reader.readList() && !reader.readComparison()) {
                reader.skipInvalid();
            }
        }
        return new Clauses(reader.clauses, reader.invalid);
    }

    private boolean readNullCheck() {
        if (!peek(0).is(Token.Kind.NAME) || !peek(1).isKeyword("IS")) {
            return false;
        }
        boolean not = peek(2).isKeyword("NOT");
        if (!peek(not ? 3 : 2).isKeyword("NULL")) {
            return false;
        }
        clauses.add(new Clause(peek(0), not ? "IS NOT NULL" : "IS NULL", null, null));
        at += not ? 4 : 3;
        return true;
    }

    private boolean readList() {
        boolean not = peek(1).isKeyword("NOT");
        int open = not ? 3 : 2;
        if (!peek(0).is(Token.Kind.NAME)
                || !peek(open - 1).isKeyword("IN")
                || !peek(open).is(Token.Kind.OPEN)) {
            return false;
        }
        int end = endOfParentheses(at + open);
        if (end < 0) {
            return false;
        }
        List<Token> list = tokens.subList(at + open + 1, end - 1);
        clauses.add(new Clause(peek(0), not ? "NOT IN" : "IN", null, list));
        at = end;
        return true;
    }

    private boolean readComparison() {
        boolean not = peek(1).isKeyword("NOT");
        Token operator = peek(not ? 2 : 1);
        boolean word = operator.isKeyword("LIKE") || operator.isKeyword("ILIKE") || operator.isKeyword("RLIKE");
        Token right = peek(not ? 3 : 2);
        if (!isSide(peek(0)) || !(word || (operator.is(Token.Kind.OPERATOR) && !not)) || !isSide(right)) {
            return false;
        }
        clauses.add(new Clause(peek(0), (not ? "NOT " : "") + operator.upperCase(), right, null));
        at += not ? 4 : 3;
        return true;
    }

    private static boolean isSide(Token token) {
        return switch (token.kind()) {
            case NAME, EXPRESSION, STRING, INTEGER, REAL -> true;
            default -> false;
        };
    }

    private void skipInvalid() {
        int end = peek(0).is(Token.Kind.OPEN) ? Math.max(endOfParentheses(at), at + 1) : at + 1;
        StringBuilder text = new StringBuilder();
        for (Token token : tokens.subList(at, end)) {
            boolean close = text.isEmpty() || text.charAt(text.length() - 1) == '(' || token.is(Token.Kind.CLOSE);
            text.append(close ? "" : " ").append(token.text());
        }
        invalid.add(text.toString());
        at = end;
    }

    /** Returns the index behind the parenthesis that closes the one at {@code open}, or -1. */
    private int endOfParentheses(int open) {
        return closers[open] + 1;
    }

    /** Returns, for each opening parenthesis, the index of the one that closes it, or -2. */
    private static int[] closers(List<Token> tokens) {
        int[] closers = new int[tokens.size()];
        Deque<Integer> open = new ArrayDeque<>();
        for (int index = 0; index < closers.length; index++) {
            closers[index] = -2;
            if (tokens.get(index).is(Token.Kind.OPEN)) {
                open.push(index);
            } else if (tokens.get(index).is(Token.Kind.CLOSE) && !open.isEmpty()) {
                closers[open.pop()] = index;
            }
        }
        return closers;
    }

    private Token peek(int ahead) {
        return at + ahead < tokens.size() ? tokens.get(at + ahead) : new Token(Token.Kind.OTHER, "");
    }
}
