package io.sparkmlflow.model;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;

/**
 * The file {@code MLmodel} at the root of a model's folder.
 *
 * <p>A thin view of the YAML document: keys without an accessor here are kept as they are. Written like Python writes it:
 * block style, keys sorted, lines of about 80 characters.
 */
public final class MlModel {
    /** The file's name. */
    public static final String FILE_NAME = "MLmodel";

    private static final int MAX_CODE_POINTS = 16 * 1024 * 1024;

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
        try {
            return parse(Files.readString(file, StandardCharsets.UTF_8));
        } catch (java.nio.file.NoSuchFileException e) {
            throw MlflowException.notFound(
                    "There is no file " + FILE_NAME + " in " + folder + ": it is not the folder of an MLflow model");
        } catch (IOException e) {
            throw new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Reads the text of an {@code MLmodel} file. Throws {@code INVALID_PARAMETER_VALUE} if it is not a YAML mapping. */
    public static MlModel parse(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(20);
        options.setNestingDepthLimit(50);
        options.setCodePointLimit(MAX_CODE_POINTS);
        Object document;
        try {
            document = new Yaml(new SafeConstructor(options)).load(yaml);
        } catch (YAMLException e) {
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE, "The MLmodel file is not valid YAML: " + e.getMessage(), e);
        }
        if (!(document instanceof Map<?, ?> map)) {
            throw MlflowException.invalidParameter("The MLmodel file is not a YAML mapping with a key 'flavors'");
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return new MlModel(copy);
    }

    /** Returns the settings of a flavor, e.g. {@code spark} or {@code python_function}, if the model has it. */
    public Optional<Map<String, Object>> flavor(String name) {
        return Optional.ofNullable(mapping(mapping(document.get("flavors")).get(name), null));
    }

    /** Returns the names of the model's flavors. */
    public List<String> flavorNames() {
        return List.copyOf(mapping(document.get("flavors")).keySet());
    }

    /** Adds or replaces a flavor. */
    public MlModel setFlavor(String name, Map<String, Object> settings) {
        Map<String, Object> flavors = new LinkedHashMap<>(mapping(document.get("flavors")));
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
        Map<String, Object> parts = mapping(document.get("signature"), null);
        if (parts == null) {
            return Optional.empty();
        }
        return Optional.of(new ModelSignature(
                part(parts, "inputs").map(SignatureJson::columnsFromJson).orElse(List.of()),
                part(parts, "outputs").map(SignatureJson::columnsFromJson).orElse(List.of()),
                part(parts, "params").map(SignatureJson::paramsFromJson).orElse(List.of())));
    }

    /** Sets the signature and the keys that Python writes beside it. */
    public MlModel setSignature(ModelSignature signature) {
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("inputs", SignatureJson.columnsToJson(signature.inputs()));
        parts.put("outputs", signature.outputs().isEmpty() ? null : SignatureJson.columnsToJson(signature.outputs()));
        parts.put("params", signature.params().isEmpty() ? null : SignatureJson.paramsToJson(signature.params()));
        document.put("signature", parts);
        document.put("is_signature_from_type_hint", false);
        document.put("type_hint_from_example", false);
        return this;
    }

    /** Returns the whole document; changes to the copy change nothing here. */
    public Map<String, Object> toMap() {
        return new LinkedHashMap<>(document);
    }

    /** Returns the file's text. */
    public String toYaml() {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setWidth(80);
        options.setIndicatorIndent(0);
        options.setSplitLines(true);
        return new Yaml(new SafeConstructor(new LoaderOptions()), new Representer(options), options)
                .dump(sorted(document));
    }

    /** Writes the file into a model's folder, replacing one that is there. */
    public void write(Path folder) throws IOException {
        Files.writeString(folder.resolve(FILE_NAME), toYaml(), StandardCharsets.UTF_8);
    }

    private static Object sorted(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> copy = new TreeMap<>();
            map.forEach((key, child) -> copy.put(String.valueOf(key), sorted(child)));
            return copy;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(MlModel::sorted).collect(java.util.stream.Collectors.toList());
        }
        return value;
    }

    private static Optional<String> part(Map<String, Object> parts, String name) {
        return Optional.ofNullable(parts.get(name)).map(String::valueOf);
    }

    private static Map<String, Object> mapping(Object value) {
        return mapping(value, Map.of());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> mapping(Object value, Map<String, Object> otherwise) {
        return value instanceof Map ? (Map<String, Object>) value : otherwise;
    }
}
