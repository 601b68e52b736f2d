package io.sparkmlflow.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON laid out as Python's {@code json.dumps} lays it out, so that files from both sides compare equal. */
public final class PythonJson {
    /** The one mapper of this package: plain trees, no annotations. */
    static final ObjectMapper MAPPER = new ObjectMapper();

    private PythonJson() {}

    /** Returns what {@code json.dumps(node)} returns: one line, a blank after each comma and colon. */
    public static String compact(JsonNode node) {
        return write(node, new CommaBlankPrinter());
    }

    /** Returns what {@code json.dumps(node, indent=2)} returns. */
    public static String indented(JsonNode node) {
        return write(node, new ColonBlankPrinter());
    }

    private static String write(JsonNode node, com.fasterxml.jackson.core.PrettyPrinter printer) {
        try {
            return MAPPER.writer(printer).writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class CommaBlankPrinter extends MinimalPrettyPrinter {
        private static final long serialVersionUID = 1L;

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(": ");
        }

        @Override
        public void writeObjectEntrySeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(", ");
        }

        @Override
        public void writeArrayValueSeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(", ");
        }
    }

    private static final class ColonBlankPrinter extends DefaultPrettyPrinter {
        private static final long serialVersionUID = 1L;

        ColonBlankPrinter() {
            indentArraysWith(new DefaultIndenter("  ", "\n"));
            indentObjectsWith(new DefaultIndenter("  ", "\n"));
        }

        @Override
        public DefaultPrettyPrinter createInstance() {
            return new ColonBlankPrinter();
        }

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(": ");
        }
    }
}
