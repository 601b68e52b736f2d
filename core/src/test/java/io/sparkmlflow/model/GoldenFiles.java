package io.sparkmlflow.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the real MLflow 3.17 wrote: here ({@code dev/record-model-format} and a copy), and beside the checkout. */
final class GoldenFiles {
    /** Folders of this package's resources with a model's text files. */
    static final List<String> MODELS = List.of("iris_lr", "kmeans_sig_example", "text_lr", "everything");

    private static final Path SHARED = Path.of("../../shared/golden");

    private GoldenFiles() {}

    static Path path(String name) {
        try {
            return Path.of(GoldenFiles.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static String text(String name) throws IOException {
        return Files.readString(path(name));
    }

    static JsonNode json(String name) throws IOException {
        return PythonJson.readTree(text(name), name);
    }

    /** Returns every {@code MLmodel} of the golden data beside the checkout by a name: files, and texts in recordings. */
    static Map<String, String> sharedModels() throws IOException {
        assumeTrue(Files.isDirectory(SHARED), "the golden data lies beside the checkout");
        Map<String, String> models = new LinkedHashMap<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(SHARED)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            if (file.endsWith(MlModel.FILE_NAME)) {
                models.put(file.toString(), Files.readString(file));
            } else if (file.toString().endsWith(".json")) {
                List<String> texts = new ArrayList<>();
                collect(PythonJson.readTree(Files.readString(file), file.toString()), texts);
                for (int i = 0; i < texts.size(); i++) {
                    models.put(file + " #" + i, texts.get(i));
                }
            }
        }
        return models;
    }

    private static void collect(JsonNode node, List<String> models) {
        if (node.isTextual()
                && (node.asText().startsWith("flavors:\n") || node.asText().contains("\nflavors:\n"))) {
            models.add(node.asText());
        }
        node.forEach(child -> collect(child, models));
    }
}
