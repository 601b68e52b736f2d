package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * PySpark calls {@code MlflowSpark} over Py4J with each option in every form that Python's callers have it in, and the folders are
 * compared, key by key, with those that Python's {@code mlflow.spark} writes of the same model.
 */
class PySparkOptionsIT {
    private static final String PIP = "a JVM has no pip of its own whose version it could name";

    /** What may differ in every {@code MLmodel}. */
    private static final Map<String, String> EACH_MODELS_OWN = Map.of(
            "MLmodel/model_uuid", "drawn for each model",
            "MLmodel/utc_time_created", "the time",
            "MLmodel/model_size_bytes",
                    "the time in the stages' metadata has another text, and compresses to another size");

    /** What may differ in the environment's files. */
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "conda.yaml/dependencies/1", PIP,
            "python_env.yaml/build_dependencies/0", PIP,
            "python_env.yaml/build_dependencies/1", "nor a setuptools");

    private static JsonNode seen;

    @BeforeAll
    static void saveAndLogFromPySpark() {
        Path directory = Checkout.newWorkFolder("pyspark-options");
        seen = PythonMlflow.run(
                directory,
                "options_from_pyspark.py",
                PythonMlflow.defaultStore(directory),
                Distribution.inVenv().bundle());
    }

    @Test
    void signaturesComeAsDictionariesAndAsJson() {
        assertThat(seen.get("signatures")).hasSize(3).allSatisfy(same -> assertThat(same.asBoolean())
                .isTrue());
        assertThat(seen.get("no_signature").asBoolean()).isTrue();
    }

    @Test
    void examplesComeAsRowsAndAsPandasFrames() {
        for (String form : List.of("records", "split", "tight", "json", "pandas", "pandas dict")) {
            JsonNode example = seen.at("/examples/" + form);
            assertThat(rows(example))
                    .as(form)
                    .containsExactly("{age=30, city=\"Rom\", income=1.0}", "{age=31, city=\"Oslo\", income=1.5}");
            assertInputs(example, "[\"age\",\"long\"]", "[\"income\",\"double\"]", "[\"city\",\"string\"]");
        }
        assertThat(rows(seen.at("/examples/dict"))).containsExactly("{age=30, city=\"Rom\", income=1.0}");
        assertInputs(seen.at("/examples/dict"), "[\"age\",\"long\"]", "[\"income\",\"long\"]", "[\"city\",\"string\"]");
        assertThat(rows(seen.at("/examples/rows of Spark")))
                .containsExactly("{age=20, city=\"Rom\", income=0.0}", "{age=21, city=\"Oslo\", income=1000.0}");
        // The model does not read what is odd about it.
        assertThat(rows(seen.at("/examples/odd"))).containsExactly("{age=30, city=\"Rom\", income=1.0}");
    }

    @Test
    void pythonAcceptsItsOwnNumbersUnderASignatureThatWasInferredFromThem() {
        assertThat(seen.get("pyfunc_on_example").asInt()).isEqualTo(2);
        assertThat(seen.get("pyfunc_on_frame").asInt()).isEqualTo(2);
    }

    @Test
    void environmentsComeAsDictionariesFilesAndLists() {
        String mlflow = "mlflow==" + Checkout.property("it.mlflow.version");
        String pyspark = "pyspark==" + Distribution.inVenv().version();
        assertThat(seen.at("/conda_dict/dependencies/2/pip").valueStream().map(JsonNode::asText))
                .containsExactly(mlflow, pyspark);
        assertThat(seen.at("/conda_file/name").asText()).isEqualTo("own");
        assertThat(seen.at("/conda_file/dependencies/2/pip").valueStream().map(JsonNode::asText))
                .containsExactly(mlflow, "numpy");
        assertThat(requirements("list")).containsExactly(mlflow, "numpy", "pandas>=1");
        assertThat(requirements("tuple")).containsExactly(mlflow, "numpy");
        assertThat(requirements("file")).containsExactly(mlflow, "numpy", "pandas>=1");
        assertThat(requirements("extra list")).containsExactly(mlflow, pyspark, "numpy");
        assertThat(requirements("extra file")).containsExactly(mlflow, pyspark, "numpy", "pandas>=1");
    }

    @Test
    void codeAndMetadataCome() {
        assertThat(seen.get("code").asText()).isEqualTo("code");
        assertThat(seen.get("code_files").toString()).isEqualTo("[\"b.py\",\"lib/a.py\"]");
        assertThat(seen.get("metadata").toString())
                .isEqualTo("{\"b\":null,\"big\":1099511627776,\"c\":[1.5,true],\"d\":{\"e\":\"x\"}}");
    }

    @Test
    void trainingDataComeAsAFrameAndAsASchemaInEachOfSparksForms() {
        assertThat(seen.get("inputs")).hasSize(5).allSatisfy(inputs -> assertThat(inputs.toString())
                .isEqualTo("[\"age\",\"income\",\"city\"]"));
    }

    @Test
    void noneStandsForNothing() {
        JsonNode nothing = seen.get("nothing");
        for (String form : List.of("all none", "none", "empty")) {
            assertThat(nothing.get(form).asText()).as(form).isEqualTo("no error");
        }
        assertThat(nothing.get("logged").asBoolean()).isTrue();
    }

    @Test
    void aVersionIsRegisteredUnderItsAliasAndLoadedByIt() {
        assertThat(seen.get("alias").toString()).isEqualTo("[\"churn\",\"1\",\"READY\",\"READY\"]");
        assertThat(seen.get("same").asBoolean()).isTrue();
    }

    @Test
    void whatCannotBeTakenIsOneSentenceAndLeavesNothing() {
        assertThat(refused("key")).startsWith("There is no option '5': expected one of alias, await_registration_for,");
        assertThat(refused("signature"))
                .isEqualTo("The option 'signature' has a value of the type java.lang.Boolean: expected false, or what"
                        + " ModelSignature.to_dict() gives: inputs, outputs and params as JSON");
        assertThat(refused("example"))
                .startsWith("The option 'input_example' is a list with a java.lang.Double in it: expected a Dataset");
        assertThat(refused("metadata")).startsWith("The value of 'metadata.at' is a java.sql.Date: expected text,");
        assertThat(refused("requirement"))
                .isEqualTo("The option 'pip_requirements' has nothing (null) in its list: expected texts only");
        assertThat(refused("seconds"))
                .isEqualTo(
                        "The option 'await_registration_for' has a value of the type java.lang.Double: expected a whole"
                                + " number of seconds");
        assertThat(refused("conda")).startsWith("Cannot read the conda environment 'nowhere.yaml': expected the path");
        assertThat(refused("code")).startsWith("There is no code at 'nowhere': expected the path");
        assertThat(refused("schema"))
                .startsWith("The option 'training_schema' is 'age OF INT': expected columns as DDL");
        assertThat(refused("frame"))
                .isEqualTo("The option 'training_data' has a value of the type java.lang.String: expected a Dataset (in"
                        + " PySpark: df._jdf)");
        assertThat(seen.at("/refused/path").asText()).isEqualTo("The path is null: expected one");
        assertThat(seen.at("/refused/model").asText()).isEqualTo("The model is null: expected one");
        assertThat(seen.at("/refused/uri").asText()).isEqualTo("The model's URI is null: expected one");
        assertThat(seen.at("/refused/left").asBoolean()).isFalse();
    }

    @Test
    void aFolderSaysWhatPythonsDoes() {
        assertOnlyDiffers("plain", EACH_MODELS_OWN, ENVIRONMENT);
        assertOnlyDiffers("full", EACH_MODELS_OWN, ENVIRONMENT);
        assertThat(seen.at("/compared/keys").valueStream().map(JsonNode::asText))
                .contains(
                        "MLmodel/flavors/python_function/code",
                        "MLmodel/flavors/spark/pyspark_version",
                        "MLmodel/metadata/limits/2",
                        "MLmodel/saved_input_example_info/pandas_orient",
                        "MLmodel/signature/inputs",
                        "code/lib/a.py",
                        "files",
                        "input_example.json",
                        "requirements.txt",
                        "serving_input_example.json");
    }

    @Test
    void aModelThatIsLoggedToARunSaysWhatPythonsDoes() {
        assertOnlyDiffers(
                "logged",
                EACH_MODELS_OWN,
                ENVIRONMENT,
                Map.of(
                        "MLmodel/run_id", "each has a run of its own",
                        "registered_model_meta/model_name", "Python adds this file when it downloads the version",
                        "registered_model_meta/model_version", "the same"));
        assertOnlyDiffers(
                "history",
                Map.of(
                        "history/run_id", "each has a run of its own",
                        "history/model_uuid", "drawn for each model",
                        "history/utc_time_created", "the time"));
    }

    /** Says what else differs: Python's value, then ours. */
    @SafeVarargs
    private static void assertOnlyDiffers(String what, Map<String, String>... reasonsByKey) {
        Map<String, String> different = new TreeMap<>();
        seen.at("/compared/" + what)
                .properties()
                .forEach(entry -> different.put(entry.getKey(), entry.getValue().toString()));
        for (Map<String, String> allowed : reasonsByKey) {
            different.keySet().removeAll(allowed.keySet());
        }
        assertThat(different).as(what).isEmpty();
    }

    private static String refused(String option) {
        return seen.at("/refused/options/" + option).asText();
    }

    private static List<String> requirements(String form) {
        return seen.at("/requirements/" + form)
                .valueStream()
                .map(JsonNode::asText)
                .toList();
    }

    private static void assertInputs(JsonNode example, String... inputs) {
        assertThat(example.get("inputs").valueStream().map(JsonNode::toString)).containsExactlyInAnyOrder(inputs);
    }

    /** Returns each row with its columns by name: their order is that of the signature or the frame. */
    private static List<String> rows(JsonNode example) {
        JsonNode columns = example.at("/file/columns");
        List<String> rows = new ArrayList<>();
        for (JsonNode values : example.at("/file/data")) {
            Map<String, String> row = new TreeMap<>();
            for (int i = 0; i < columns.size(); i++) {
                JsonNode value = values.get(i);
                boolean isIncome = columns.get(i).asText().equals("income");
                row.put(columns.get(i).asText(), isIncome ? String.valueOf(value.asDouble()) : value.toString());
            }
            rows.add(row.toString());
        }
        return rows;
    }
}
