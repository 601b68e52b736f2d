package io.sparkmlflow.model;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Turns values into the nodes that PyYAML's safe representer makes of them. No anchors: a value that is there twice is written twice. */
final class PythonYamlNodes {
    private static final Base64.Encoder LINES_OF_76 = Base64.getMimeEncoder(76, new byte[] {'\n'});

    private final boolean sortKeys;

    private PythonYamlNodes(boolean sortKeys) {
        this.sortKeys = sortKeys;
    }

    static Node of(Object value, boolean sortKeys) {
        return new PythonYamlNodes(sortKeys).node(value);
    }

    private Node node(Object value) {
        if (value instanceof Map<?, ?> map) {
            return mapping(Tag.MAP, map.entrySet());
        }
        if (value instanceof Set<?> set) {
            return mapping(
                    Tag.SET,
                    set.stream()
                            .map(item -> new java.util.AbstractMap.SimpleEntry<>(item, null))
                            .toList());
        }
        if (value instanceof Collection<?> list) {
            List<Node> items = new ArrayList<>();
            list.forEach(item -> items.add(node(item)));
            return new SequenceNode(Tag.SEQ, true, items, null, null, style(items.isEmpty()));
        }
        return scalar(value);
    }

    private Node mapping(Tag tag, Collection<? extends Map.Entry<?, ?>> entries) {
        List<Map.Entry<?, ?>> ordered = new ArrayList<>(entries);
        if (sortKeys) {
            sort(ordered);
        }
        List<NodeTuple> tuples = new ArrayList<>();
        ordered.forEach(entry -> tuples.add(new NodeTuple(node(entry.getKey()), node(entry.getValue()))));
        return new MappingNode(tag, true, tuples, null, null, style(tuples.isEmpty()));
    }

    private static FlowStyle style(boolean empty) {
        return empty ? FlowStyle.FLOW : FlowStyle.BLOCK;
    }

    /** Keys that Python cannot compare with each other keep their order, as there. */
    private static void sort(List<Map.Entry<?, ?>> entries) {
        if (entries.stream().allMatch(entry -> entry.getKey() instanceof String)) {
            entries.sort(Comparator.comparing(entry -> (String) entry.getKey(), PythonYamlNodes::compareCodePoints));
        } else if (entries.stream().allMatch(entry -> entry.getKey() instanceof Number)) {
            entries.sort(Comparator.comparingDouble(entry -> ((Number) entry.getKey()).doubleValue()));
        }
    }

    private static int compareCodePoints(String left, String right) {
        return java.util.Arrays.compare(
                left.codePoints().toArray(), right.codePoints().toArray());
    }

    private static ScalarNode scalar(Object value) {
        if (value == null) {
            return plain(Tag.NULL, "null");
        }
        if (value instanceof Boolean) {
            return plain(Tag.BOOL, value.toString());
        }
        if (value instanceof Double || value instanceof Float) {
            return plain(Tag.FLOAT, real(((Number) value).doubleValue()));
        }
        if (value instanceof Number) {
            return plain(Tag.INT, value.toString());
        }
        if (value instanceof byte[] bytes) {
            return new ScalarNode(
                    Tag.BINARY, LINES_OF_76.encodeToString(bytes) + "\n", null, null, ScalarStyle.LITERAL);
        }
        if (value instanceof LocalDate date) {
            return plain(Tag.TIMESTAMP, date.toString());
        }
        if (value instanceof LocalDateTime time) {
            return plain(Tag.TIMESTAMP, PythonTimestamps.format(time));
        }
        if (value instanceof OffsetDateTime time) {
            return plain(Tag.TIMESTAMP, PythonTimestamps.format(time));
        }
        return text(value.toString());
    }

    /** SnakeYAML would leave some texts of several lines without quotes; Python never does. */
    private static ScalarNode text(String text) {
        boolean lines = text.chars().anyMatch(c -> c == '\n' || c == '\u0085' || c == '\u2028' || c == '\u2029');
        return new ScalarNode(Tag.STR, text, null, null, lines ? ScalarStyle.SINGLE_QUOTED : ScalarStyle.PLAIN);
    }

    private static ScalarNode plain(Tag tag, String text) {
        return new ScalarNode(tag, text, null, null, ScalarStyle.PLAIN);
    }

    private static String real(double value) {
        if (Double.isNaN(value)) {
            return ".nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? ".inf" : "-.inf";
        }
        String text = PythonNumbers.repr(value);
        // YAML 1.1 takes 1e+20 for text; PyYAML gives it a point.
        return text.contains(".") ? text : text.replace("e", ".0e");
    }
}
