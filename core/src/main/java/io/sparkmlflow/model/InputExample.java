package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An example of what a model takes: the files {@code input_example.json} and {@code serving_input_example.json}, and the key
 * {@code saved_input_example_info} in {@code MLmodel}.
 *
 * @param type how Python reads the data
 * @param data plain values (see {@link PythonJson#compact(Object)}): for a frame a map of {@code columns}, which may be
 *     missing, and {@code data}, a list of rows; for an array nested lists, or a map of them; for a sparse matrix a map of
 *     {@code data}, {@code indices}, {@code indptr} and {@code shape}; else any value
 * @param params what {@code predict} takes beside the data; empty if there is nothing
 */
public record InputExample(Type type, Object data, Map<String, Object> params) {
    /** The files' names. */
    public static final String FILE_NAME = "input_example.json";

    public static final String SERVING_FILE_NAME = "serving_input_example.json";

    static final String INFO = "saved_input_example_info";

    private static final String PATH = "artifact_path";
    private static final String SERVING_PATH = "serving_input_path";
    private static final String TYPE = "type";
    private static final String ORIENT = "pandas_orient";
    private static final String PARAMS = "params";
    private static final String INPUTS = "inputs";
    private static final String COLUMNS = "columns";
    private static final String DATA = "data";

    public InputExample {
        params = Collections.unmodifiableMap(new LinkedHashMap<>(params));
        if (type == Type.DATAFRAME && !(data instanceof Map<?, ?> frame && frame.get(DATA) instanceof Collection)) {
            throw MlflowException.invalidParameter(
                    "An example of the type dataframe must be an object with the key 'data',"
                            + " a list of rows, but is: " + PythonJson.shortened(data));
        }
    }

    /**
     * Makes an example that Python reads as a pandas frame.
     *
     * @param columns the columns' names; {@code null} for a frame without names (pandas' orient {@code values})
     * @param rows each with one value for each column
     */
    public static InputExample ofRows(List<String> columns, List<? extends List<?>> rows) {
        Map<String, Object> frame = new LinkedHashMap<>();
        if (columns != null) {
            for (List<?> row : rows) {
                if (row.size() != columns.size()) {
                    throw MlflowException.invalidParameter("A row of the example has " + row.size() + " values for the "
                            + columns.size() + " columns " + columns);
                }
            }
            frame.put(COLUMNS, List.copyOf(columns));
        }
        frame.put(DATA, new ArrayList<>(rows));
        return new InputExample(Type.DATAFRAME, frame, Map.of());
    }

    /** Returns the same example with params for {@code predict}. */
    public InputExample withParams(Map<String, Object> otherParams) {
        return new InputExample(type, data, otherParams);
    }

    /**
     * Reads the example of a model's folder.
     *
     * @return empty if the model has none
     * @throws MlflowException {@code RESOURCE_DOES_NOT_EXIST} if {@code MLmodel} names a file that is missing, {@code
     *     INVALID_PARAMETER_VALUE} if what it says about the example, or the file, is malformed
     */
    public static Optional<InputExample> find(Path folder, MlModel model) {
        Map<String, Object> info = model.mapping(INFO);
        if (info.isEmpty()) {
            return Optional.empty();
        }
        Type type = Type.of(info.get(TYPE));
        Path file = inside(folder, String.valueOf(info.getOrDefault(PATH, FILE_NAME)));
        Object content = PythonJson.read(ModelFiles.read(file), "The file " + file);
        if (info.get(PARAMS) == null) {
            return Optional.of(new InputExample(type, content, Map.of()));
        }
        if (content instanceof Map<?, ?> both
                && both.containsKey(INPUTS)
                && both.get(PARAMS) instanceof Map<?, ?> map) {
            Map<String, Object> params = new LinkedHashMap<>();
            map.forEach((name, value) -> params.put((String) name, value));
            return Optional.of(new InputExample(type, both.get(INPUTS), params));
        }
        throw MlflowException.invalidParameter("The file " + file
                + " must have the keys 'inputs' and 'params', because MLmodel says that it has params");
    }

    /** Returns the text of {@code input_example.json}. */
    public String toJson() {
        if (params.isEmpty()) {
            return PythonJson.compact(data);
        }
        Map<String, Object> both = new LinkedHashMap<>();
        both.put(INPUTS, data);
        both.put(PARAMS, params);
        return PythonJson.compact(both);
    }

    /** Returns the text of {@code serving_input_example.json}: what one sends to a scoring server. */
    public String toServingJson() {
        return PythonJson.indented(ServingInput.of(this));
    }

    /** Writes both files into a model's folder, and what Python must know about them into its {@code MLmodel} value. */
    public void write(Path folder, MlModel model) throws IOException {
        ModelFiles.write(folder.resolve(FILE_NAME), toJson());
        ModelFiles.write(folder.resolve(SERVING_FILE_NAME), toServingJson());
        Map<String, Object> info = new LinkedHashMap<>(model.mapping(INFO));
        List.of(ORIENT, PARAMS).forEach(info::remove);
        info.put(PATH, FILE_NAME);
        info.put(SERVING_PATH, SERVING_FILE_NAME);
        info.put(TYPE, type.wireName());
        if (type == Type.DATAFRAME) {
            info.put(ORIENT, ((Map<?, ?>) data).containsKey(COLUMNS) ? "split" : "values");
        }
        if (!params.isEmpty()) {
            info.put(PARAMS, "true");
        }
        model.set(INFO, info);
    }

    private static Path inside(Path folder, String path) {
        try {
            Path file = folder.resolve(path).normalize();
            if (file.startsWith(folder.normalize())) {
                return file;
            }
        } catch (java.nio.file.InvalidPathException e) {
            // Said below: it is no path in the folder either.
        }
        throw MlflowException.invalidParameter(
                "MLmodel says that the input example is at '" + path + "', which is not in the model's folder");
    }

    /** What the data is to Python. */
    public enum Type {
        DATAFRAME,
        NDARRAY,
        JSON_OBJECT,
        SPARSE_MATRIX_CSR,
        SPARSE_MATRIX_CSC;

        /** Returns MLflow's lower-case name of the type. */
        public String wireName() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        private static Type of(Object wireName) {
            for (Type type : values()) {
                if (type.wireName().equals(wireName)) {
                    return type;
                }
            }
            throw MlflowException.invalidParameter("Unknown type '" + PythonJson.shortened(wireName)
                    + "' of an input example in MLmodel: expected dataframe, ndarray, json_object, sparse_matrix_csr or"
                    + " sparse_matrix_csc");
        }
    }
}
