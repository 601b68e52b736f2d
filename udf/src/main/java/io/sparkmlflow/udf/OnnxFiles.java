package io.sparkmlflow.udf;

import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of an ONNX model: the graph, and those that big tensors are in.
 *
 * @param graph the name of the file with the graph
 * @param contents the files by their names, all in one folder
 * @param threads how many threads may work on one operation; one, because Spark's tasks are many, unless the model says otherwise
 */
record OnnxFiles(String graph, Map<String, byte[]> contents, int threads) implements Serializable {
    /** What MLflow puts beside it. */
    private static final Set<String> OTHERS = Set.of(
            MlModel.FILE_NAME,
            "conda.yaml",
            "python_env.yaml",
            "requirements.txt",
            "constraints.txt",
            "environment_variables.txt",
            "registered_model_meta",
            "input_example.json",
            "serving_input_example.json");

    static OnnxFiles read(Path folder, MlModel mlmodel) throws IOException {
        Map<String, Object> flavor = mlmodel.flavor(OnnxModel.FLAVOR).orElse(Map.of());
        Path graph = folder.resolve(String.valueOf(flavor.getOrDefault("data", "model.onnx")));
        List<Path> files;
        try (Stream<Path> listed = Files.list(graph.getParent())) {
            files = listed.filter(Files::isRegularFile)
                    .filter(file -> !OTHERS.contains(file.getFileName().toString()))
                    .toList();
        }
        Map<String, byte[]> contents = new LinkedHashMap<>();
        for (Path file : files) {
            contents.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
        if (!contents.containsKey(graph.getFileName().toString())) {
            throw new IOException("its file " + graph.getFileName() + " is missing");
        }
        Object threads = flavor.get("onnx_session_options") instanceof Map<?, ?> options
                ? options.get("intra_op_num_threads")
                : null;
        return new OnnxFiles(graph.getFileName().toString(), contents, threads instanceof Integer number ? number : 1);
    }

    long bytes() {
        return contents.values().stream().mapToLong(content -> content.length).sum();
    }
}
