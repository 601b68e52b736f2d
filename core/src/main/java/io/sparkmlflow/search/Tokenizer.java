package io.sparkmlflow.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Cuts a filter or order clause into pieces, in one pass. Takes any text: what fits nowhere is {@link Token.Kind#OTHER}. */
final class Tokenizer {
    private static final Set<String> KEYWORDS = Set.of(
            "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "ILIKE", "RLIKE", "REGEXP", "BETWEEN", "ASC", "DESC");

    private final String text;
    private int at;

    private Tokenizer(String text) {
        this.text = text;
    }

    static List<Token> tokens(String text) {
        return new Tokenizer(text).all();
    }

    private List<Token> all() {
        List<Token> tokens = new ArrayList<>();
        while (true) {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return tokens;
            }
            tokens.add(next());
        }
    }

    private Token next() {
        int start = at;
        char c = text.charAt(at);
        if (c == '\'') {
            int end = endOfQuoted(at);
            at = end < 0 ? at + 1 : end;
            return token(end < 0 ? Token.Kind.OTHER : Token.Kind.STRING, start);
        }
        if (startsNumber(at)) {
            return number(start);
        }
        if (startsName(at)) {
            return name(start);
        }
        if (isComparison(c)) {
            while (at < text.length() && isComparison(text.charAt(at))) {
                at++;
            }
            return token(Token.Kind.OPERATOR, start);
        }
        if (text.startsWith("--", at) || text.startsWith("/*", at)) {
            boolean line = c == '-';
            int end = text.indexOf(line ? "\n" : "*/", at + 2);
            at = end < 0 ? text.length() : end + (line ? 0 : 2);
            return token(Token.Kind.OTHER, start);
        }
        at += Character.charCount(text.codePointAt(at));
        return token(
                switch (c) {
                    case '(' -> Token.Kind.OPEN;
                    case ')' -> Token.Kind.CLOSE;
                    case ',' -> Token.Kind.COMMA;
                    case ';' -> Token.Kind.SEMICOLON;
                    default -> Token.Kind.OTHER;
                },
                start);
    }

    private Token token(Token.Kind kind, int start) {
        return new Token(kind, text.substring(start, at));
    }

    private static boolean isComparison(char c) {
        return c == '<' || c == '>' || c == '=' || c == '!' || c == '~';
    }

    // ---- numbers ----

    private boolean startsNumber(int index) {
        int first = charAt(index) == '-' ? index + 1 : index;
        return isDigit(charAt(first)) || (charAt(first) == '.' && isDigit(charAt(first + 1)));
    }

    private Token number(int start) {
        boolean real = false;
        at += charAt(at) == '-' ? 1 : 0;
        skipDigits();
        if (charAt(at) == '.') {
            real = true;
            at++;
            skipDigits();
        }
        if (charAt(at) == 'e' || charAt(at) == 'E') {
            int digits = at + (charAt(at + 1) == '-' || charAt(at + 1) == '+' ? 2 : 1);
            if (isDigit(charAt(digits))) {
                real = true;
                at = digits;
                skipDigits();
            }
        }
        if (isWordPart(at)) {
            skipWord();
            return token(Token.Kind.OTHER, start);
        }
        return token(real ? Token.Kind.REAL : Token.Kind.INTEGER, start);
    }

    private void skipDigits() {
        while (isDigit(charAt(at))) {
            at++;
        }
    }

    // ---- names ----

    private boolean startsName(int index) {
        char c = charAt(index);
        if (c == '`' || c == '"') {
            return endOfQuoted(index) >= 0;
        }
        return isWordPart(index) && !isDigit(c);
    }

    /** Reads {@code part.part…}; a part is a word or stands in backticks or double quotes. It may be missing at the end. */
    private Token name(int start) {
        boolean dotted = false;
        boolean expression = false;
        while (true) {
            if (charAt(at) == '`' || charAt(at) == '"') {
                int end = endOfQuoted(at);
                if (end < 0) {
                    break;
                }
                at = end;
            } else {
                skipWord();
            }
            if (charAt(at) == '.') {
                dotted = true;
            } else if (dotted && isArithmetic(at) && (isWordPart(at + 1) || charAt(at + 1) == '`')) {
                expression = true;
            } else {
                break;
            }
            at++;
        }
        if (expression) {
            return token(Token.Kind.EXPRESSION, start);
        }
        boolean keyword = KEYWORDS.contains(text.substring(start, at).toUpperCase(Locale.ROOT));
        return token(keyword ? Token.Kind.KEYWORD : Token.Kind.NAME, start);
    }

    private boolean isArithmetic(int index) {
        char c = charAt(index);
        return c == '-' || c == '/' || c == '+' || c == '*' || c == '%';
    }

    private void skipWord() {
        while (isWordPart(at)) {
            at += Character.charCount(text.codePointAt(at));
        }
    }

    private boolean isWordPart(int index) {
        if (index >= text.length()) {
            return false;
        }
        int c = text.codePointAt(index);
        return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '@' || c == '#';
    }

    // ---- quotes ----

    /**
     * Returns where the quoted text that begins at {@code open} ends, or -1 if nothing closes it. A quote that is doubled,
     * or stands after a backslash, belongs to the text unless it is the last one that could close it.
     */
    private int endOfQuoted(int open) {
        char quote = text.charAt(open);
        int last = -1;
        int index = open + 1;
        while (index < text.length()) {
            char c = text.charAt(index);
            if (c == '\\' && quote != '`' && charAt(index + 1) == quote) {
                last = index + 2;
                index += 2;
            } else if (c != quote) {
                index++;
            } else if (charAt(index + 1) == quote) {
                last = index + 1;
                index += 2;
            } else {
                return index + 1;
            }
        }
        return last;
    }

    /** Returns the character at {@code index}, or NUL behind the end. */
    private char charAt(int index) {
        return index < text.length() ? text.charAt(index) : '\0';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
