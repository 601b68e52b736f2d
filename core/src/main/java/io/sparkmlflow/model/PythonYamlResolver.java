package io.sparkmlflow.model;

import java.util.regex.Pattern;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * What an unquoted word means to PyYAML, which is not what it means to SnakeYAML: {@code 12e5} is text to Python (an
 * exponent needs a sign), and a model's id in hexadecimal digits may look like that.
 */
final class PythonYamlResolver extends Resolver {
    private static final Pattern INTEGER = Pattern.compile(
            "[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+");
    private static final Pattern REAL = Pattern.compile("[-+]?[0-9][0-9_]*\\.[0-9_]*(?:[eE][-+][0-9]+)?"
            + "|\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
            + "|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*"
            + "|[-+]?\\.(?:inf|Inf|INF)"
            + "|\\.(?:nan|NaN|NAN)");

    @Override
    protected void addImplicitResolvers() {
        add(Tag.BOOL, BOOL, "yYnNtTfFoO");
        // The order counts: of two patterns that match, the first wins.
        add(Tag.FLOAT, REAL, "-+0123456789.");
        add(Tag.INT, INTEGER, "-+0123456789");
        add(Tag.MERGE, MERGE, "<");
        add(Tag.NULL, NULL, "~nN\0");
        add(Tag.NULL, EMPTY, null);
        add(Tag.TIMESTAMP, PythonTimestamps.PATTERN, "0123456789");
        add(PythonYamlConstructor.VALUE, VALUE, "=");
    }

    private void add(Tag tag, Pattern pattern, String firstCharacters) {
        Pattern whole =
                pattern.pattern().startsWith("^") ? pattern : Pattern.compile("^(?:" + pattern.pattern() + ")$");
        addImplicitResolver(tag, whole, firstCharacters, 1024);
    }
}
