package io.sparkmlflow.model;

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

/** What the real MLflow 3.17 wrote: with {@code dev/record-model-format}, and in recordings of its server and of autolog. */
final class GoldenFiles {
    /** Folders of this package's resources with a model's text files. */
    static final List<String> MODELS = List.of("iris_lr", "kmeans_sig_example", "text_lr", "everything");

    private static final List<Path> RECORDINGS = List.of(
            Path.of("src/test/resources/io/sparkmlflow/store/rest/recordings"),
            Path.of("../spark-listener/src/test/resources/io/sparkmlflow/listener/autolog"));

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

    /** Returns every {@code MLmodel} by a name: the files, and the texts in recordings. */
    static Map<String, String> allModels() throws IOException {
        Map<String, String> models = new LinkedHashMap<>();
        for (String folder : MODELS) {
            models.put(folder, text(folder + "/" + MlModel.FILE_NAME));
        }
        for (Path folder : RECORDINGS) {
            List<Path> files;
            try (Stream<Path> all = Files.list(folder)) {
                files = all.sorted().toList();
            }
            for (Path file : files) {
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
