package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file {@code MLmodel} at the root of a model's folder.
 *
 * <p>A thin view of the YAML document: keys without an accessor here are kept as they are. Written like Python writes it:
 * block style, keys sorted, lines of about 80 characters.
 */
public final class MlModel {
    /** The file's name. */
    public static final String FILE_NAME = "MLmodel";

    private static final String SIGNATURE = "signature";

    private final Map<String, Object> document;

    /** Makes a document without flavors. */
    public MlModel() {
        this(new LinkedHashMap<>());
    }

    private MlModel(Map<String, Object> document) {
        this.document = document;
    }

    /**
     * Reads the {@code MLmodel} of a model's folder.
     *
     * @throws MlflowException with {@code RESOURCE_DOES_NOT_EXIST} if the folder has none, {@code INVALID_PARAMETER_VALUE} if
     *     it is not a YAML mapping
     */
    public static MlModel read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        return ModelFiles.find(file)
                .map(MlModel::parse)
                .orElseThrow(() -> MlflowException.notFound("There is no file " + FILE_NAME + " in " + folder
                        + ": it is not the folder of an MLflow model"));
    }

    /** Reads the text of an {@code MLmodel} file. Throws {@code INVALID_PARAMETER_VALUE} if it is not a YAML mapping. */
    public static MlModel parse(String yaml) {
        return new MlModel(PythonYaml.readMapping(yaml, "The MLmodel file"));
    }

    /** Returns the settings of a flavor, e.g. {@code spark} or {@code python_function}, if the model has it. */
    public Optional<Map<String, Object>> flavor(String name) {
        Map<String, Object> flavors = mapping("flavors");
        return flavors.containsKey(name)
                ? Optional.of(asMapping(flavors.get(name), "flavor '" + name + "'"))
                : Optional.empty();
    }

    /** Returns the names of the model's flavors. */
    public List<String> flavorNames() {
        return List.copyOf(mapping("flavors").keySet());
    }

    /** Adds or replaces a flavor. */
    public MlModel setFlavor(String name, Map<String, Object> settings) {
        Map<String, Object> flavors = new LinkedHashMap<>(mapping("flavors"));
        flavors.put(name, settings);
        document.put("flavors", flavors);
        return this;
    }

    /** Returns a top-level value as text, e.g. {@code run_id}, {@code model_uuid}, {@code mlflow_version}. */
    public Optional<String> text(String key) {
        return Optional.ofNullable(document.get(key)).map(String::valueOf);
    }

    /** Sets a top-level key; {@code null} is written as YAML's null. */
    public MlModel set(String key, Object value) {
        document.put(key, value);
        return this;
    }

    /** Returns the signature, if the model has one. Throws {@code INVALID_PARAMETER_VALUE} if it cannot be read. */
    public Optional<ModelSignature> signature() {
        if (document.get(SIGNATURE) == null) {
            return Optional.empty();
        }
        Map<String, Object> parts = mapping(SIGNATURE);
        return Optional.of(new ModelSignature(
                part(parts, "inputs").map(SignatureJson::columnsFromJson).orElse(List.of()),
                part(parts, "outputs").map(SignatureJson::columnsFromJson).orElse(List.of()),
                part(parts, "params").map(SignatureJson::paramsFromJson).orElse(List.of())));
    }

    /**
     * Sets the signature and the keys that Python writes beside it. Throws {@code INVALID_PARAMETER_VALUE} if a param's
     * default is not of its type.
     */
    public MlModel setSignature(ModelSignature signature) {
        Map<String, Object> parts =
                document.get(SIGNATURE) == null ? new LinkedHashMap<>() : new LinkedHashMap<>(mapping(SIGNATURE));
        parts.put("inputs", columns(signature.inputs()));
        parts.put("outputs", columns(signature.outputs()));
        parts.put("params", signature.params().isEmpty() ? null : SignatureJson.paramsToJson(signature.params()));
        document.put(SIGNATURE, parts);
        document.putIfAbsent("is_signature_from_type_hint", false);
        document.putIfAbsent("type_hint_from_example", false);
        return this;
    }

    /** Returns the whole document; changes to the copy change nothing here. */
    public Map<String, Object> toMap() {
        return new LinkedHashMap<>(document);
    }

    /** Returns the file's text. */
    public String toYaml() {
        return PythonYaml.sorted(document);
    }

    /** Writes the file into a model's folder, replacing one that is there. */
    public void write(Path folder) throws IOException {
        ModelFiles.write(folder.resolve(FILE_NAME), toYaml());
    }

    /** Returns a top-level mapping, empty if there is none. Throws {@code INVALID_PARAMETER_VALUE} if it is no mapping. */
    Map<String, Object> mapping(String key) {
        Object value = document.get(key);
        return value == null ? Map.of() : asMapping(value, "key '" + key + "'");
    }

    private static Map<String, Object> asMapping(Object value, String what) {
        Map<String, Object> mapping = new LinkedHashMap<>();
        if (!(value instanceof Map<?, ?> entries)) {
            throw MlflowException.invalidParameter(
                    "The " + what + " of the MLmodel file must be a mapping, but is: " + PythonJson.shortened(value));
        }
        entries.forEach((key, child) -> mapping.put(String.valueOf(key), child));
        return mapping;
    }

    private static String columns(List<ColumnSpec> columns) {
        return columns.isEmpty() ? null : SignatureJson.columnsToJson(columns);
    }

    private static Optional<String> part(Map<String, Object> parts, String name) {
        Object part = parts.get(name);
        if (part == null || part.equals("")) {
            return Optional.empty();
        }
        if (part instanceof String text) {
            return Optional.of(text);
        }
        throw MlflowException.invalidParameter("The part '" + name + "' of the MLmodel file's signature must be JSON in"
                + " quotes, but is: " + PythonJson.shortened(part));
    }
}
