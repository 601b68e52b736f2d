package io.sparkmlflow.udf;

import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.python.PythonBroadcast;
import org.apache.spark.api.python.SimplePythonFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * The Python environment that a model names, as tasks get it: each node makes it once, by {@link VirtualEnvironments}.
 *
 * @param uri what messages call the model
 * @param base the Python that it is made with if that is of the right version
 * @param line the first two numbers of the version, such as 3.11
 * @param files what pip reads: {@code requirements.txt} and what it refers to, by their paths in the model's folder
 * @param root the folder of the node that it is made in; null for MLflow's own
 */
record PythonEnvironment(String uri, String base, String line, Map<String, byte[]> files, String root)
        implements Serializable, WorkerPython {
    static final String REQUIREMENTS = "requirements.txt";

    /** What Spark's workers need besides what the model does; a version that the model names holds. */
    static final List<String> ALSO = List.of("pandas", "pyarrow");

    /**
     * Reads what a model wants.
     *
     * @param folder the model's files
     * @param base the Python of the workers
     * @throws ModelExpressionException if the model says nothing of its environment
     */
    static PythonEnvironment of(String uri, Path folder, MlModel mlmodel, String base, String root) throws IOException {
        String version = mlmodel.flavor(PythonFunctionModel.FLAVOR)
                .map(flavor -> flavor.get("python_version"))
                .map(String::valueOf)
                .orElse(null);
        if (version == null || !Files.isRegularFile(folder.resolve(REQUIREMENTS))) {
            throw new ModelExpressionException("its environment can't be made, because its "
                    + (version == null ? "MLmodel names no python_version" : REQUIREMENTS + " is missing"));
        }
        return new PythonEnvironment(uri, base, PythonInterpreter.line(version), files(folder), root);
    }

    /** A line may name another file of requirements, or a wheel that lies in the model. */
    private static Map<String, byte[]> files(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        add(folder, REQUIREMENTS, files);
        return files;
    }

    private static void add(Path folder, String name, Map<String, byte[]> files) throws IOException {
        Path file = folder.resolve(name).normalize();
        if (files.containsKey(name) || !file.startsWith(folder) || !Files.isRegularFile(file)) {
            return;
        }
        files.put(name, Files.readAllBytes(file));
        if (name.endsWith(".txt")) {
            for (String line : Files.readAllLines(file)) {
                for (String word : line.strip().split("[\\s=]+")) {
                    if (word.endsWith(".txt") || word.endsWith(".whl") || word.endsWith(".tar.gz")) {
                        add(folder, word, files);
                    }
                }
            }
        }
    }

    @Override
    public SimplePythonFunction function(byte[] command, List<Broadcast<PythonBroadcast>> broadcasts) {
        return new EnvironmentFunction(command, broadcasts, this);
    }

    /** Returns what tells environments apart that are made with Pythons of the given version. */
    String key(String version) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            update(digest, version.getBytes(StandardCharsets.UTF_8));
            ALSO.forEach(name -> update(digest, name.getBytes(StandardCharsets.UTF_8)));
            new TreeMap<>(files).forEach((name, content) -> {
                update(digest, name.getBytes(StandardCharsets.UTF_8));
                update(digest, content);
            });
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    private static void update(MessageDigest digest, byte[] part) {
        digest.update(ByteBuffer.allocate(4).putInt(part.length).array());
        digest.update(part);
    }

    ModelExpressionException failure(String why, Throwable cause) {
        return new ModelExpressionException(
                "The model " + uri + " can't get its Python environment on this node: " + why, cause);
    }
}
