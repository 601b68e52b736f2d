package io.sparkmlflow.credentials;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A file of sections with keys and values, as Python's configparser reads it: {@code [section]}, {@code key = value} or
 * {@code key: value}, comments after {@code #} or {@code ;} at the start of a line. Keys are in lower case. Other lines are
 * passed over.
 */
final class IniFile {
    private final Map<String, Map<String, String>> sections;

    private IniFile(Map<String, Map<String, String>> sections) {
        this.sections = sections;
    }

    /** Reads a file; one that is not there is empty. */
    static IniFile read(Path file) {
        if (!Files.exists(file)) {
            return new IniFile(Map.of());
        }
        try {
            return parse(Files.readAllLines(file));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static IniFile parse(List<String> lines) {
        Map<String, Map<String, String>> sections = new LinkedHashMap<>();
        Map<String, String> section = new HashMap<>();
        for (String raw : lines) {
            String line = raw.strip();
            int end = line.indexOf(']');
            if (line.startsWith("[") && end > 0) {
                section = sections.computeIfAbsent(line.substring(1, end), name -> new HashMap<>());
            } else if (!line.startsWith("#") && !line.startsWith(";")) {
                put(section, line);
            }
        }
        return new IniFile(sections);
    }

    boolean has(String section) {
        return sections.containsKey(section);
    }

    /** Returns the keys and values of a section; empty if it is not there. */
    Map<String, String> section(String name) {
        return sections.getOrDefault(name, Map.of());
    }

    /** The cause is told by its class alone: a message about malformed text could repeat the text. */
    static MlflowException unreadable(Path file, IOException cause) {
        return MlflowException.invalidParameter("Cannot read the credentials in '" + file + "' ("
                + cause.getClass().getSimpleName() + "): expected a text file in UTF-8 that this user may read");
    }

    private static void put(Map<String, String> section, String line) {
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) == '=' || line.charAt(i) == ':') {
                String key = line.substring(0, i).strip().toLowerCase(Locale.ROOT);
                section.put(key, line.substring(i + 1).strip());
                return;
            }
        }
    }
}
