package io.sparkmlflow.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes values or trees in the layout of {@code json.dumps}. */
final class PythonJsonWriter {
    private static final Base64.Encoder LINES_OF_76 = Base64.getMimeEncoder(76, new byte[] {'\n'});
    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();
    private final boolean indented;

    private PythonJsonWriter(boolean indented) {
        this.indented = indented;
    }

    static String write(Object value, boolean indented) {
        PythonJsonWriter writer = new PythonJsonWriter(indented);
        writer.value(value, 0);
        return writer.text.toString();
    }

    private void value(Object value, int level) {
        if (value instanceof JsonNode node) {
            node(node, level);
        } else if (value instanceof Map<?, ?> map) {
            map(map.entrySet().iterator(), level);
        } else if (value instanceof Iterable<?> list) {
            list(list.iterator(), level);
        } else if (value instanceof Number number) {
            number(number);
        } else if (value == null || value instanceof Boolean) {
            text.append(value);
        } else if (value instanceof byte[] bytes) {
            string(LINES_OF_76.encodeToString(bytes) + "\n");
        } else if (value.getClass().isArray()) {
            list(items(value).iterator(), level);
        } else {
            string(value.toString());
        }
    }

    private void node(JsonNode node, int level) {
        if (node.isObject()) {
            map(node.properties().iterator(), level);
        } else if (node.isArray()) {
            list(node.iterator(), level);
        } else if (node.isNumber()) {
            number(node.numberValue());
        } else if (node.isTextual()) {
            string(node.textValue());
        } else if (node.isBoolean()) {
            text.append(node.booleanValue());
        } else {
            text.append("null");
        }
    }

    private void map(Iterator<? extends Map.Entry<?, ?>> entries, int level) {
        text.append('{');
        boolean empty = !entries.hasNext();
        while (entries.hasNext()) {
            Map.Entry<?, ?> entry = entries.next();
            newLine(level + 1);
            string(String.valueOf(entry.getKey()));
            text.append(": ");
            value(entry.getValue(), level + 1);
            separate(entries);
        }
        end(empty, '}', level);
    }

    private void list(Iterator<?> items, int level) {
        text.append('[');
        boolean empty = !items.hasNext();
        while (items.hasNext()) {
            newLine(level + 1);
            value(items.next(), level + 1);
            separate(items);
        }
        end(empty, ']', level);
    }

    private void separate(Iterator<?> rest) {
        if (rest.hasNext()) {
            text.append(indented ? "," : ", ");
        }
    }

    private void end(boolean empty, char bracket, int level) {
        if (!empty) {
            newLine(level);
        }
        text.append(bracket);
    }

    private void newLine(int level) {
        if (indented) {
            text.append('\n').append(INDENT.repeat(level));
        }
    }

    private void number(Number number) {
        if (!(number instanceof Double || number instanceof Float)) {
            text.append(number);
            return;
        }
        double value = number.doubleValue();
        if (Double.isNaN(value)) {
            text.append("NaN");
        } else if (Double.isInfinite(value)) {
            text.append(value > 0 ? "Infinity" : "-Infinity");
        } else {
            text.append(PythonNumbers.repr(value));
        }
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            character(value.charAt(i));
        }
        text.append('"');
    }

    private void character(char c) {
        switch (c) {
            case '"' -> text.append("\\\"");
            case '\\' -> text.append("\\\\");
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case '\b' -> text.append("\\b");
            case '\f' -> text.append("\\f");
            default -> {
                if (c >= ' ' && c <= 0x7f) {
                    text.append(c);
                } else {
                    text.append("\\u").append(String.format(java.util.Locale.ROOT, "%04x", (int) c));
                }
            }
        }
    }

    private static List<Object> items(Object array) {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) {
            items.add(Array.get(array, i));
        }
        return items;
    }
}
