package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ScalarType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class ModelOptionsTest {
    @Test
    void readsPythonsArgumentNames() {
        ModelOptions options = ModelOptions.of(Map.ofEntries(
                Map.entry("registered_model_name", "churn"),
                Map.entry("alias", "champion"),
                Map.entry("extra_pip_requirements", List.of("numpy==2.1")),
                Map.entry("code_paths", List.of("lib/own.py")),
                Map.entry("metadata", Map.of("team", "a")),
                Map.entry("await_registration_for", 7),
                Map.entry("training_schema", "age INT, city STRING"),
                Map.entry("signature_outputs", "prediction"),
                Map.entry("logged_model", "run"),
                Map.entry("run_id", "0123"),
                Map.entry("dfs_tmpdir", "/shared")));

        assertThat(options.registeredModelName()).isEqualTo("churn");
        assertThat(options.alias()).isEqualTo("champion");
        assertThat(options.extraPipRequirements()).containsExactly("numpy==2.1");
        assertThat(options.codePaths()).containsExactly(Path.of("lib/own.py"));
        assertThat(options.metadata()).containsExactly(Map.entry("team", "a"));
        assertThat(options.awaitRegistration()).isEqualTo(Duration.ofSeconds(7));
        assertThat(options.trainingSchema()).isEqualTo(StructType.fromDDL("age INT, city STRING"));
        assertThat(options.signatureOutputs()).isEqualTo(SignatureOutputs.PREDICTION);
        assertThat(options.loggedModel()).isEqualTo(LoggedModelMode.RUN);
        assertThat(options.runId()).isEqualTo("0123");
        assertThat(options.dfsTmpDir()).isEqualTo("/shared");
    }

    @Test
    void takesASignatureAsPythonsDictionary() {
        ModelOptions options = ModelOptions.of(
                Map.of("signature", Map.of("inputs", "[{\"type\": \"double\", \"name\": \"x\", \"required\": true}]")));

        assertThat(options.signature().inputs()).containsExactly(new ColumnSpec("x", ScalarType.DOUBLE, true));
        assertThat(options.signature().outputs()).isEmpty();
        assertThat(ModelOptions.of(Map.of("signature", false)).signatureWanted())
                .isFalse();
    }

    @Test
    void takesASignatureAsJsonAndWithColumnsThatAreNoJsonYet() {
        String inputs = "[{\"type\": \"double\", \"name\": \"x\", \"required\": true}]";
        Map<String, Object> column = Map.of("type", "double", "name", "x", "required", true);
        for (Object signature : List.of(
                "{\"inputs\": \"" + inputs.replace("\"", "\\\"") + "\", \"outputs\": null, \"params\": null}",
                Map.of("inputs", List.of(column)))) {
            assertThat(ModelOptions.of(Map.of("signature", signature))
                            .signature()
                            .inputs())
                    .as("%s", signature)
                    .containsExactly(new ColumnSpec("x", ScalarType.DOUBLE, true));
        }
    }

    @Test
    void takesASchemaAsPythonWritesIt() {
        StructType schema = StructType.fromDDL("age INT, city STRING");
        Map<String, Object> dictionary = Map.of(
                "type",
                "struct",
                "fields",
                List.of(
                        Map.of("name", "age", "type", "integer", "nullable", true, "metadata", Map.of()),
                        Map.of("name", "city", "type", "string", "nullable", true, "metadata", Map.of())));

        for (Object form : List.of(schema, schema.json(), schema.simpleString(), dictionary)) {
            assertThat(ModelOptions.of(Map.of("training_schema", form)).trainingSchema())
                    .as("%s", form)
                    .isEqualTo(schema);
        }
    }

    @Test
    void takesNoneForNotGiven() {
        Map<String, Object> none = new HashMap<>();
        none.put("registered_model_name", null);
        none.put("signature", null);
        none.put("await_registration_for", null);

        ModelOptions options = ModelOptions.of(none);

        assertThat(options.registeredModelName()).isNull();
        assertThat(options.signatureWanted()).isTrue();
        assertThat(options.awaitRegistration()).isZero();
        assertThat(ModelOptions.of((Map<String, ?>) null)).isSameAs(ModelOptions.NONE);
    }

    @Test
    void namesTheKnownOptionsForAnUnknownOne() {
        assertThatThrownBy(() -> ModelOptions.of(Map.of("registered_name", "churn")))
                .isInstanceOf(MlflowException.class)
                .hasMessageStartingWith(
                        "There is no option 'registered_name': expected one of alias, await_registration_for,")
                .hasMessageContaining("registered_model_name");
        assertThatThrownBy(() -> ModelOptions.of(pythonMap(5, "churn")))
                .isInstanceOf(MlflowException.class)
                .hasMessageStartingWith("There is no option '5': expected one of alias,");
    }

    @Test
    void saysWhatAValueShouldBe() {
        assertThatThrownBy(() -> ModelOptions.of(Map.of("training_data", "df")))
                .hasMessage("The option 'training_data' has a value of the type java.lang.String:"
                        + " expected a Dataset (in PySpark: df._jdf)");
        assertThatThrownBy(() -> ModelOptions.of(Map.of("logged_model", "maybe")))
                .hasMessage("'maybe' is not a value for 'logged_model': expected one of both, logged_model, run");
        assertThatThrownBy(() -> ModelOptions.of(Map.of("signature", Map.of("input", "[]"))))
                .hasMessageContaining("no part 'input': expected inputs, outputs and params");
        assertThatThrownBy(() -> ModelOptions.of(Map.of("metadata", Map.of("at", new Object()))))
                .hasMessageStartingWith("The value of 'metadata.at' is a java.lang.Object: expected text, a number");
        assertThatThrownBy(() -> ModelOptions.of(Map.of("pip_requirements", "missing.txt")))
                .hasMessageContaining("Cannot read the requirements file 'missing.txt'");
        assertThatThrownBy(() -> ModelOptions.of(Map.of("pip_requirements", Arrays.asList("numpy", null))))
                .hasMessage("The option 'pip_requirements' has nothing (null) in its list: expected texts only");
        assertThatThrownBy(() -> ModelOptions.of(Map.of("signature", "[]")))
                .hasMessageStartingWith("The option 'signature' has a value of the type java.lang.String");
    }

    @Test
    void refusesOptionsThatContradictEachOther() {
        assertThatThrownBy(() -> ModelOptions.builder().alias("champion").build())
                .hasMessage(
                        "The alias 'champion' needs a registered model name: an alias points at a registered version");
        assertThatThrownBy(() -> ModelOptions.builder()
                        .condaEnv(Map.of("name", "own"))
                        .pipRequirements(List.of("numpy"))
                        .build())
                .hasMessageContaining("not both");
        assertThatThrownBy(() -> ModelOptions.builder()
                        .extraPipRequirements(List.of("numpy"))
                        .pipRequirements(List.of("numpy"))
                        .build())
                .hasMessageContaining("not both");
    }

    @Test
    void refusesNamesThatTheRegistryWouldRefuse() {
        for (String alias : List.of("latest", "v1", "a b", "")) {
            assertThatThrownBy(() -> ModelOptions.of(Map.of("registered_model_name", "churn", "alias", alias)))
                    .as(alias)
                    .isInstanceOf(MlflowException.class);
        }
        for (String name : List.of("a/b", "a:b", " ")) {
            assertThatThrownBy(() -> ModelOptions.of(Map.of("registered_model_name", name)))
                    .as(name)
                    .isInstanceOf(MlflowException.class);
        }
    }

    @Test
    void saysWhatASchemaShouldBe() {
        for (String text : List.of("age OF INT", "{\"type\": 1}", "{", "\"integer\"")) {
            assertThatThrownBy(() -> ModelOptions.of(Map.of("training_schema", text)))
                    .as(text)
                    .isInstanceOf(MlflowException.class)
                    .hasMessageStartingWith("The option 'training_schema' is '" + text + "': expected columns as DDL");
        }
    }

    @Test
    void takesAPythonVersion() {
        assertThat(ModelOptions.of(Map.of("python_version", "3.12.4")).pythonVersion())
                .isEqualTo("3.12.4");
        assertThatThrownBy(() -> ModelOptions.of(Map.of("python_version", "python3")))
                .hasMessage("'python3' is not a version of Python 3: expected one such as 3.12.4");
    }

    /** Python's dictionaries may have keys of any type. */
    @SuppressWarnings("unchecked")
    private static Map<String, ?> pythonMap(Object key, Object value) {
        return (Map<String, ?>) (Map<?, ?>) Map.of(key, value);
    }
}
