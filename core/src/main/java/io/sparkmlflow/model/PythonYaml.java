package io.sparkmlflow.model;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.emitter.Emitter;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.serializer.Serializer;

/**
 * YAML as Python's {@code yaml.safe_load} reads it and {@code yaml.safe_dump} lays it out, so that files from both sides
 * mean the same and compare equal.
 *
 * <p>Values are {@code null}, {@link Boolean}, {@link Integer}, {@link Long}, {@link java.math.BigInteger}, {@link Double},
 * {@link String}, {@code byte[]}, {@link java.time.LocalDate}, {@link java.time.LocalDateTime}, {@link
 * java.time.OffsetDateTime}, {@link java.util.List}, {@link java.util.Set} and {@link Map}. Of a key that is there twice the
 * last value counts. Reading is bounded: {@value #MAX_CODE_POINTS} characters, {@value #MAX_LINE} in a line,
 * {@value #MAX_DEPTH} levels, {@value #MAX_ALIASES} aliases of collections, {@value #MAX_VALUES} values after aliases are resolved, no value within itself.
 */
public final class PythonYaml {
    static final int MAX_CODE_POINTS = 4 * 1024 * 1024;
    /** SnakeYAML copies a line again for each 1,024 characters of it: 16 million take it three minutes. */
    static final int MAX_LINE = 512 * 1024;

    static final int MAX_DEPTH = 50;
    static final int MAX_ALIASES = 50;
    static final int MAX_VALUES = 4_000_000;

    private static final int LINE_WIDTH = 80;
    private static final PythonYamlResolver RESOLVER = new PythonYamlResolver();

    private PythonYaml() {}

    /**
     * Reads one document.
     *
     * @param what names the text in messages, e.g. {@code The MLmodel file}
     * @return the value; {@code null} for an empty document
     * @throws MlflowException {@code INVALID_PARAMETER_VALUE} if it is not YAML that Python's safe loader would take
     */
    public static Object read(String text, String what) {
        checkLines(text, what);
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(MAX_ALIASES);
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setCodePointLimit(MAX_CODE_POINTS);
        try {
            PythonYamlConstructor constructor = new PythonYamlConstructor(options);
            constructor.setComposer(new Composer(new ParserImpl(new StreamReader(text), options), RESOLVER, options));
            return constructor.getSingleData(Object.class);
        } catch (YAMLException | IllegalArgumentException e) {
            // The second is SnakeYAML's answer to an escape such as "\x4 or "\U99999999 that is cut off or no
            // character.
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE, what + " is not valid YAML: " + e.getMessage(), e);
        }
    }

    /**
     * Reads one document that is a mapping with text keys, such as every YAML file of MLflow is.
     *
     * @param what names the text in messages
     * @return the mapping in the order of the file, free to be changed; empty for an empty document
     * @throws MlflowException {@code INVALID_PARAMETER_VALUE} if it is something else
     */
    public static Map<String, Object> readMapping(String text, String what) {
        Object document = read(text, what);
        Map<String, Object> mapping = new LinkedHashMap<>();
        if (document == null) {
            return mapping;
        }
        if (!(document instanceof Map<?, ?> entries)) {
            throw MlflowException.invalidParameter(what + " is not a YAML mapping of names to values");
        }
        entries.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw MlflowException.invalidParameter(
                        what + " has the key '" + key + "', which is not text: put it in quotes");
            }
            mapping.put(name, value);
        });
        return mapping;
    }

    /**
     * Reads a file that holds a mapping with text keys, see {@link #readMapping(String, String)}.
     *
     * @throws MlflowException {@code RESOURCE_DOES_NOT_EXIST} if there is no such file, {@code INVALID_PARAMETER_VALUE} if it
     *     is not UTF-8, too long or not such a mapping, {@code INTERNAL_ERROR} if it cannot be read
     */
    public static Map<String, Object> readMapping(Path file) {
        return readMapping(ModelFiles.read(file), "The file " + file);
    }

    /** Returns what {@code yaml.safe_dump(value, default_flow_style=False)} returns: keys sorted, nothing but ASCII. */
    public static String sorted(Object value) {
        return dump(PythonYamlNodes.of(value, true), false);
    }

    /** Returns what {@code yaml.safe_dump(value, default_flow_style=False, sort_keys=False)} returns. */
    public static String inOrder(Object value) {
        return dump(PythonYamlNodes.of(value, false), false);
    }

    /** Returns what {@code yaml.safe_dump(value, default_flow_style=False, allow_unicode=True)} returns. */
    public static String sortedUnicode(Object value) {
        return dump(PythonYamlNodes.of(value, true), true);
    }

    private static void checkLines(String text, String what) {
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            int next = end < 0 ? text.length() : end;
            if (next - start > MAX_LINE) {
                throw MlflowException.invalidParameter(
                        what + " has a line of " + (next - start) + " characters; at most " + MAX_LINE + " are read");
            }
            start = next + 1;
        }
    }

    private static String dump(Node node, boolean allowUnicode) {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setWidth(LINE_WIDTH);
        options.setIndicatorIndent(0);
        options.setSplitLines(true);
        options.setAllowUnicode(allowUnicode);
        StringWriter text = new UpperCaseEscapes();
        Serializer serializer = new Serializer(new Emitter(text, options), RESOLVER, options, null);
        try {
            serializer.open();
            serializer.serialize(node);
            serializer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Python writes {@code "\xE9"} where SnakeYAML writes {@code "\xe9"}; it hands over each escape as one string. */
    private static final class UpperCaseEscapes extends StringWriter {
        @Override
        public void write(String text) {
            boolean escape = text.length() > 2 && text.charAt(0) == '\\' && "xuU".indexOf(text.charAt(1)) >= 0;
            super.write(escape ? text.substring(0, 2) + text.substring(2).toUpperCase(java.util.Locale.ROOT) : text);
        }
    }
}
