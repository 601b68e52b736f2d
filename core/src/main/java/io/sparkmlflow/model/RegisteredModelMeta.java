package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The file {@code registered_model_meta}: which version of which registered model a folder was downloaded as.
 *
 * @param modelName the registered model's name
 * @param modelVersion its version, which MLflow writes as text
 * @param otherKeys what else the file says; kept when it is written
 */
public record RegisteredModelMeta(String modelName, String modelVersion, Map<String, Object> otherKeys) {
    /** The file's name. */
    public static final String FILE_NAME = "registered_model_meta";

    private static final String MODEL_NAME = "model_name";
    private static final String MODEL_VERSION = "model_version";

    public RegisteredModelMeta {
        otherKeys = Collections.unmodifiableMap(new LinkedHashMap<>(otherKeys));
    }

    /** Names a version of a registered model. */
    public RegisteredModelMeta(String modelName, int modelVersion) {
        this(modelName, Integer.toString(modelVersion), Map.of());
    }

    /**
     * Reads the file of a model's folder.
     *
     * @return empty if there is none
     * @throws MlflowException {@code INVALID_PARAMETER_VALUE} if it is not such a file
     */
    public static Optional<RegisteredModelMeta> find(Path folder) {
        return ModelFiles.find(folder.resolve(FILE_NAME)).map(RegisteredModelMeta::parse);
    }

    /** Reads the file's text. Throws {@code INVALID_PARAMETER_VALUE} if it does not name a model and a version. */
    public static RegisteredModelMeta parse(String yaml) {
        YamlFields fields = YamlFields.of(yaml, FILE_NAME);
        String name = fields.takeText(MODEL_NAME);
        String version = fields.takeText(MODEL_VERSION);
        if (name == null || version == null) {
            throw MlflowException.invalidParameter(
                    "The file " + FILE_NAME + " must have the keys " + MODEL_NAME + " and " + MODEL_VERSION);
        }
        return new RegisteredModelMeta(name, version, fields.remaining());
    }

    /** Returns the file's text, as Python writes it. */
    public String toYaml() {
        Map<String, Object> document = new LinkedHashMap<>(otherKeys);
        document.put(MODEL_NAME, modelName);
        document.put(MODEL_VERSION, modelVersion);
        return PythonYaml.sortedUnicode(document);
    }

    /** Writes the file into a folder, replacing one that is there. */
    public void write(Path folder) throws IOException {
        ModelFiles.write(folder.resolve(FILE_NAME), toYaml());
    }
}
