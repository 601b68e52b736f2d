package io.sparkmlflow.store.rest;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The part of a URL after the {@code ?}. A value that is {@code null} is left out. */
final class QueryString {
    private final StringBuilder text = new StringBuilder();

    static QueryString of(String key, Object value) {
        return new QueryString().and(key, value);
    }

    QueryString and(String key, Object value) {
        if (value != null) {
            text.append(text.isEmpty() ? '?' : '&')
                    .append(encode(key))
                    .append('=')
                    .append(encode(value.toString()));
        }
        return this;
    }

    /** Returns the encoded parameters with the question mark, or the empty string. */
    @Override
    public String toString() {
        return text.toString();
    }

    /** Encodes one name of a path or one part of a query. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
