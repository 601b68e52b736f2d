package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a real server of MLflow 3.17 was once asked and answered. */
final class Recordings {
    private static final Path FOLDER = Path.of("src/test/resources/io/sparkmlflow/store/rest/recordings");

    private Recordings() {}

    /** Returns every recorded exchange by its file's and its own name. */
    static Map<String, JsonNode> all() throws IOException {
        Map<String, JsonNode> all = new LinkedHashMap<>();
        List<Path> files;
        try (Stream<Path> entries = Files.list(FOLDER)) {
            files = entries.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            String group = file.getFileName().toString().replace(".json", "");
            int number = 0;
            for (JsonNode recording : group(group)) {
                all.put(group + " " + ++number + " " + recording.path("name").asText(), recording);
            }
        }
        return all;
    }

    static JsonNode named(String group, String name) throws IOException {
        for (JsonNode recording : group(group)) {
            if (recording.path("name").asText().equals(name)) {
                return recording;
            }
        }
        throw new AssertionError("no recording '" + name + "' in " + group);
    }

    /** Returns the answer's body as it went over the wire. */
    static String body(JsonNode response) {
        JsonNode body = response.path("body");
        return body.isTextual() ? body.asText() : body.toString();
    }

    private static List<JsonNode> group(String name) throws IOException {
        List<JsonNode> recordings = new ArrayList<>();
        Json.parse(Files.readAllBytes(FOLDER.resolve(name + ".json"))).forEach(recordings::add);
        return recordings;
    }
}
