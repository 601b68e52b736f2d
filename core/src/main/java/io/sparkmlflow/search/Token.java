package io.sparkmlflow.search;

import java.util.Locale;

/** A piece of a filter or order clause. */
record Token(Kind kind, String text) {
    enum Kind {
        /** A name with its dots and quotes, such as {@code params.`a b`}. */
        NAME,
        /** What looks like arithmetic on names: most often a name that should stand in backticks. */
        EXPRESSION,
        KEYWORD,
        /** A text with its single quotes. */
        STRING,
        INTEGER,
        REAL,
        OPERATOR,
        OPEN,
        CLOSE,
        COMMA,
        SEMICOLON,
        OTHER
    }

    boolean is(Kind expected) {
        return kind == expected;
    }

    boolean isKeyword(String word) {
        return kind == Kind.KEYWORD && text.equalsIgnoreCase(word);
    }

    boolean isNumber() {
        return kind == Kind.INTEGER || kind == Kind.REAL;
    }

    /** Returns whether it is a text: in single quotes, or in double quotes, which names may have too. */
    boolean isQuoted() {
        return kind == Kind.STRING || (kind == Kind.NAME && quotedBy(text, '"'));
    }

    /** Returns the text without its quotes. */
    String unquoted() {
        return text.substring(1, text.length() - 1);
    }

    String upperCase() {
        return text.toUpperCase(Locale.ROOT);
    }

    static boolean quotedBy(String text, char quote) {
        return text.length() >= 2 && text.charAt(0) == quote && text.charAt(text.length() - 1) == quote;
    }
}
