package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file {@code conda.yaml} of a model.
 *
 * @param name the environment's name, or {@code null}
 * @param channels where conda looks for packages
 * @param dependencies conda's own packages, e.g. {@code python=3.11.7}
 * @param pipDependencies what conda's pip installs afterwards, as lines of a requirements file
 * @param otherKeys what else the file says, e.g. {@code prefix}; kept when it is written
 */
public record CondaEnvironment(
        String name,
        List<String> channels,
        List<String> dependencies,
        List<String> pipDependencies,
        Map<String, Object> otherKeys) {
    /** The file's name. */
    public static final String FILE_NAME = "conda.yaml";

    private static final String NAME = "name";
    private static final String CHANNELS = "channels";
    private static final String DEPENDENCIES = "dependencies";
    private static final String PIP = "pip";

    public CondaEnvironment {
        channels = List.copyOf(channels);
        dependencies = List.copyOf(dependencies);
        pipDependencies = List.copyOf(pipDependencies);
        otherKeys = Collections.unmodifiableMap(new LinkedHashMap<>(otherKeys));
    }

    /**
     * Reads the file of a model's folder.
     *
     * @return empty if the model has none
     * @throws MlflowException {@code INVALID_PARAMETER_VALUE} if it is not such a file
     */
    public static Optional<CondaEnvironment> find(Path folder) {
        return ModelFiles.find(folder.resolve(FILE_NAME)).map(CondaEnvironment::parse);
    }

    /** Reads the file's text. Throws {@code INVALID_PARAMETER_VALUE} if it is not a conda environment. */
    public static CondaEnvironment parse(String yaml) {
        YamlFields fields = YamlFields.of(yaml, FILE_NAME);
        List<String> dependencies = new ArrayList<>();
        List<String> pip = new ArrayList<>();
        for (Object dependency : fields.takeList(DEPENDENCIES)) {
            if (dependency instanceof String text) {
                dependencies.add(text);
            } else if (dependency instanceof Map<?, ?> map && map.size() == 1 && map.get(PIP) instanceof List<?> list) {
                pip.addAll(fields.texts(PIP, list));
            } else {
                throw MlflowException.invalidParameter("A dependency in " + FILE_NAME + " is neither a text such as"
                        + " 'python=3.11' nor a list under the one key 'pip': " + PythonJson.shortened(dependency));
            }
        }
        return new CondaEnvironment(
                fields.takeText(NAME), fields.takeTexts(CHANNELS), dependencies, pip, fields.remaining());
    }

    /** Returns the file's text, as {@code yaml.safe_dump} writes it. */
    public String toYaml() {
        List<Object> all = new ArrayList<>(dependencies);
        if (!pipDependencies.isEmpty()) {
            all.add(Map.of(PIP, pipDependencies));
        }
        Map<String, Object> document = new LinkedHashMap<>(otherKeys);
        document.put(CHANNELS, channels);
        document.put(DEPENDENCIES, all);
        if (name != null) {
            document.put(NAME, name);
        }
        return PythonYaml.sorted(document);
    }

    /** Writes the file into a model's folder, replacing one that is there. */
    public void write(Path folder) throws IOException {
        ModelFiles.write(folder.resolve(FILE_NAME), toYaml());
    }
}
