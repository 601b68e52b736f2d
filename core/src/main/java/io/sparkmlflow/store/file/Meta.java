package io.sparkmlflow.store.file;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * A {@code meta.yaml}.
 *
 * <p>Scalars are read as the texts that they are: Python writes a digest such as {@code 12e45678} without quotes, which is a
 * text to its YAML reader and a number to ours.
 */
record Meta(Path file, Map<String, Object> values) {
    static final String FILE_NAME = "meta.yaml";

    private static final int MAX_CODE_POINTS = 64 * 1024 * 1024;

    /** Texts and nulls. */
    private static final class Scalars extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.NULL, Pattern.compile("^(?:~|null|Null|NULL| )$"), "~nN\0");
            addImplicitResolver(Tag.NULL, Pattern.compile("^$"), null);
        }
    }

    /** Reads the {@code meta.yaml} of a folder; empty if it has none. */
    static Optional<Meta> find(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        return StoreFolders.text(file).map(yaml -> new Meta(file, parse(file, yaml)));
    }

    private static Map<String, Object> parse(Path file, String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(20);
        options.setNestingDepthLimit(50);
        options.setCodePointLimit(MAX_CODE_POINTS);
        DumperOptions unused = new DumperOptions();
        Object document;
        try {
            document = new Yaml(new SafeConstructor(options), new Representer(unused), unused, options, new Scalars())
                    .load(yaml);
        } catch (YAMLException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "The file " + file + " is not valid YAML: " + e.getMessage(), e);
        }
        if (!(document instanceof Map<?, ?> map)) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "The file " + file + " is not a YAML mapping, as MLflow's file store writes it");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        map.forEach((key, value) -> values.put(String.valueOf(key), value));
        return values;
    }

    /** Returns a text; {@code null} for none. */
    String text(String key) {
        Object value = values.get(key);
        return value == null ? null : value.toString();
    }

    /** Returns a text; if there is none, another one. */
    String text(String key, String otherwise) {
        String text = text(key);
        return text == null ? otherwise : text;
    }

    /** Returns a whole number; {@code null} for none. */
    Long number(String key) {
        String text = text(key);
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "The file " + file + " has '" + text + "' for " + key + ": expected a whole number",
                    e);
        }
    }

    /** Returns a whole number; if there is none, another one. */
    long number(String key, long otherwise) {
        Long number = number(key);
        return number == null ? otherwise : number;
    }

    /** Returns a mapping of texts; empty for none. */
    Map<String, String> texts(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (values.get(key) instanceof Map<?, ?> map) {
            map.forEach((name, value) -> texts.put(String.valueOf(name), value == null ? "" : value.toString()));
        }
        return texts;
    }
}
