package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.PythonJson;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Options by the names and types that Python's callers know; {@code null} stands for "not given", as Python's {@code None}. */
final class OptionMap {
    private static final Map<String, BiConsumer<ModelOptions.Builder, Object>> KNOWN = new TreeMap<>(Map.ofEntries(
            Map.entry("signature", OptionMap::signature),
            Map.entry("training_data", (to, value) -> to.trainingData(frame("training_data", value))),
            Map.entry("training_schema", (to, value) -> to.trainingSchema(schema(value))),
            Map.entry(
                    "signature_outputs",
                    (to, value) -> to.signatureOutputs(oneOf("signature_outputs", SignatureOutputs.values(), value))),
            Map.entry("input_example", OptionMap::inputExample),
            Map.entry("registered_model_name", (to, value) -> to.registeredModelName(text(value))),
            Map.entry("alias", (to, value) -> to.alias(text(value))),
            Map.entry("pip_requirements", (to, value) -> to.pipRequirements(texts("pip_requirements", value))),
            Map.entry(
                    "extra_pip_requirements",
                    (to, value) -> to.extraPipRequirements(texts("extra_pip_requirements", value))),
            Map.entry("conda_env", OptionMap::condaEnv),
            Map.entry("python_version", (to, value) -> to.pythonVersion(text(value))),
            Map.entry(
                    "code_paths",
                    (to, value) -> to.codePaths(
                            texts("code_paths", value).stream().map(Path::of).toList())),
            Map.entry("metadata", (to, value) -> to.metadata(mapping("metadata", value))),
            Map.entry("await_registration_for", (to, value) -> to.awaitRegistration(seconds(value))),
            Map.entry(
                    "logged_model",
                    (to, value) -> to.loggedModel(oneOf("logged_model", LoggedModelMode.values(), value))),
            Map.entry("run_id", (to, value) -> to.runId(text(value))),
            Map.entry("dfs_tmpdir", (to, value) -> to.dfsTmpDir(text(value)))));

    private OptionMap() {}

    /** Reads options; {@code null}, as for Python's {@code None}, stands for none. */
    static ModelOptions read(Map<String, ?> options) {
        if (options == null) {
            return ModelOptions.NONE;
        }
        TreeSet<String> unknown = new TreeSet<>();
        // Python's keys may be anything.
        options.forEach((Object name, Object value) -> unknown.add(String.valueOf(name)));
        unknown.removeAll(KNOWN.keySet());
        if (!unknown.isEmpty()) {
            throw MlflowException.invalidParameter("There is no option '" + unknown.first() + "': expected one of "
                    + String.join(", ", KNOWN.keySet()));
        }
        ModelOptions.Builder builder = ModelOptions.builder();
        options.forEach((name, value) -> {
            if (value != null) {
                KNOWN.get(name).accept(builder, value);
            } else if (name.equals("await_registration_for")) {
                builder.awaitRegistration(Duration.ZERO); // Python: "Specify 0 or None to skip waiting."
            }
        });
        return builder.build();
    }

    private static void signature(ModelOptions.Builder to, Object value) {
        if (value instanceof ModelSignature signature) {
            to.signature(signature);
        } else if (value instanceof Map<?, ?> parts) {
            to.signature(signature(parts));
        } else if (isFalse(value)) {
            to.withoutSignature();
        } else if (value instanceof String text
                && PythonJson.read(text, "The option 'signature'") instanceof Map<?, ?> parts) {
            to.signature(signature(parts));
        } else {
            throw wrongType(
                    "signature",
                    value,
                    "false, or what ModelSignature.to_dict() gives: inputs, outputs and params as JSON");
        }
    }

    private static ModelSignature signature(Map<?, ?> parts) {
        Map<String, Object> texts = new LinkedHashMap<>();
        parts.forEach((name, part) -> {
            if (!List.of("inputs", "outputs", "params").contains(name)) {
                throw MlflowException.invalidParameter(
                        "A signature has no part '" + name + "': expected inputs, outputs and params, each as JSON");
            }
            // Schema.to_dict() gives a list where ModelSignature.to_dict() has its text.
            texts.put((String) name, part instanceof List<?> list ? PythonJson.compact(list) : part);
        });
        return new MlModel().set("signature", texts).signature().orElseThrow();
    }

    private static void inputExample(ModelOptions.Builder to, Object value) {
        if (value instanceof Dataset<?>) {
            to.inputExample(frame("input_example", value));
        } else {
            to.inputExample(PythonExample.rows(value));
        }
    }

    private static void condaEnv(ModelOptions.Builder to, Object value) {
        if (value instanceof Map<?, ?>) {
            to.condaEnv(mapping("conda_env", value));
        } else {
            to.condaEnv(Path.of(text(value)));
        }
    }

    @SuppressWarnings("unchecked") // a frame from PySpark or Scala is one of rows
    private static Dataset<Row> frame(String name, Object value) {
        if (value instanceof Dataset<?> dataset) {
            return (Dataset<Row>) dataset;
        }
        throw wrongType(name, value, "a Dataset (in PySpark: df._jdf)");
    }

    private static StructType schema(Object value) {
        if (value instanceof StructType schema) {
            return schema;
        }
        String text = value instanceof Map<?, ?> json
                ? PythonJson.compact(json)
                : text(value).trim();
        try {
            DataType type = text.startsWith("{") ? DataType.fromJson(text) : DataType.fromDDL(text);
            if (type instanceof StructType schema) {
                return schema;
            }
        } catch (Exception e) { // Spark's parsers throw checked exceptions that they do not declare
            throw new MlflowException(ErrorCode.INVALID_PARAMETER_VALUE, noSchema(text, ": " + Causes.innermost(e)), e);
        }
        throw MlflowException.invalidParameter(noSchema(text, ""));
    }

    private static String noSchema(String text, String why) {
        return "The option 'training_schema' is '" + text
                + "': expected columns as DDL, such as 'age INT, city STRING', or a struct as JSON (df.schema.json())"
                + why;
    }

    private static Map<String, ?> mapping(String name, Object value) {
        if (value instanceof Map<?, ?> map) {
            return PlainValues.map(name, map);
        }
        throw wrongType(name, value, "a map");
    }

    private static List<String> texts(String name, Object value) {
        if (value instanceof Iterable<?> list) {
            List<String> texts = new ArrayList<>();
            list.forEach(item -> texts.add(text(name, item)));
            return texts;
        }
        if (value instanceof Object[] array) {
            return Arrays.stream(array).map(item -> text(name, item)).toList();
        }
        if (value instanceof String one) {
            // Python takes the name of a requirements file here.
            return name.endsWith("requirements") ? List.of(RequirementFiles.reference(one)) : List.of(one);
        }
        throw wrongType(name, value, "a list of texts");
    }

    private static String text(String name, Object item) {
        if (item == null) {
            throw MlflowException.invalidParameter(
                    "The option '" + name + "' has nothing (null) in its list: expected texts only");
        }
        return text(item);
    }

    private static Duration seconds(Object value) {
        try {
            return Duration.ofSeconds(Long.parseLong(text(value).trim()));
        } catch (NumberFormatException e) {
            throw wrongType("await_registration_for", value, "a whole number of seconds");
        }
    }

    private static <T extends Enum<T>> T oneOf(String name, T[] constants, Object value) {
        for (T constant : constants) {
            if (constant.name().equalsIgnoreCase(text(value).trim())) {
                return constant;
            }
        }
        throw MlflowException.invalidParameter("'" + value + "' is not a value for '" + name + "': expected one of "
                + String.join(
                        ", ",
                        Arrays.stream(constants)
                                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                                .toList()));
    }

    private static boolean isFalse(Object value) {
        return Boolean.FALSE.equals(value) || "false".equalsIgnoreCase(String.valueOf(value));
    }

    private static String text(Object value) {
        return String.valueOf(value);
    }

    private static MlflowException wrongType(String name, Object value, String expected) {
        return MlflowException.invalidParameter("The option '" + name + "' has a value of the type "
                + value.getClass().getName() + ": expected " + expected);
    }
}
