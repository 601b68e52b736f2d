package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.store.sql.RegistryValidation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * What a model is saved or logged with. Everything may be left out.
 *
 * <p>{@link #of} makes the same from a map with the argument names of Python's {@code mlflow.spark.log_model}.
 */
public final class ModelOptions {
    /** Everything left out. */
    public static final ModelOptions NONE = builder().build();

    private final Builder values;

    private ModelOptions(Builder values) {
        this.values = values;
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a map with the argument names of Python's {@code mlflow.spark.log_model}, and those of this builder's methods in
     * Python's spelling.
     *
     * @param options {@code null} for none
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} for an unknown name, or a value of another type
     */
    public static ModelOptions of(Map<String, ?> options) {
        return OptionMap.read(options);
    }

    /** The same from Scala: a {@code Map} of Scala's, with its {@code Seq}s and {@code Map}s in it. */
    public static ModelOptions of(scala.collection.Map<String, ?> options) {
        return OptionMap.read(options == null ? null : ScalaInterop.deepCopy(options));
    }

    ModelSignature signature() {
        return values.signature;
    }

    boolean signatureWanted() {
        return values.signatureWanted;
    }

    Dataset<Row> trainingData() {
        return values.trainingData;
    }

    StructType trainingSchema() {
        return values.trainingSchema;
    }

    SignatureOutputs signatureOutputs() {
        return values.signatureOutputs;
    }

    InputExampleRows inputExample() {
        return values.inputExample;
    }

    String registeredModelName() {
        return values.registeredModelName;
    }

    String alias() {
        return values.alias;
    }

    List<String> pipRequirements() {
        return values.pipRequirements;
    }

    List<String> extraPipRequirements() {
        return values.extraPipRequirements;
    }

    /** A {@code Path} of a YAML file, or a map; {@code null} if not given. */
    Object condaEnv() {
        return values.condaEnv;
    }

    /** The version of Python for the model's environment, or {@code null} for the default. */
    String pythonVersion() {
        return values.pythonVersion;
    }

    List<Path> codePaths() {
        return values.codePaths;
    }

    Map<String, Object> metadata() {
        return values.metadata;
    }

    Duration awaitRegistration() {
        return values.awaitRegistration;
    }

    LoggedModelMode loggedModel() {
        return values.loggedModel;
    }

    /** Returns the run that the model is logged to, or {@code null} for the active one. */
    public String runId() {
        return values.runId;
    }

    /** Returns where Spark writes on the way to a local folder, or {@code null} for what is configured. */
    public String dfsTmpDir() {
        return values.dfsTmpDir;
    }

    /** Collects options; each may be set once or more, the last one counts. */
    public static final class Builder {
        private ModelSignature signature;
        private boolean signatureWanted = true;
        private Dataset<Row> trainingData;
        private StructType trainingSchema;
        private SignatureOutputs signatureOutputs = SignatureOutputs.ALL;
        private InputExampleRows inputExample;
        private String registeredModelName;
        private String alias;
        private List<String> pipRequirements;
        private List<String> extraPipRequirements;
        private Object condaEnv;
        private List<Path> codePaths = List.of();
        private Map<String, Object> metadata = Map.of();
        private Duration awaitRegistration = Duration.ofSeconds(300);
        private LoggedModelMode loggedModel = LoggedModelMode.BOTH;
        private String runId;
        private String dfsTmpDir;
        private String pythonVersion;

        private Builder() {}

        /** Sets the signature as it is; nothing is inferred. */
        public Builder signature(ModelSignature signature) {
            this.signature = Objects.requireNonNull(signature, "signature");
            return this;
        }

        /** Leaves the signature out, though one could be inferred. */
        public Builder withoutSignature() {
            this.signatureWanted = false;
            return this;
        }

        /** Infers the signature from the data that the model was fitted on, or data like it; normally only its schema is read. */
        public Builder trainingData(Dataset<Row> data) {
            this.trainingData = Objects.requireNonNull(data, "data");
            return this;
        }

        /** Infers the signature from the schema of the data that the model was fitted on. */
        public Builder trainingSchema(StructType schema) {
            this.trainingSchema = Objects.requireNonNull(schema, "schema");
            return this;
        }

        /** Says which outputs an inferred signature names: {@code ALL} unless set. */
        public Builder signatureOutputs(SignatureOutputs outputs) {
            this.signatureOutputs = Objects.requireNonNull(outputs, "outputs");
            return this;
        }

        /**
         * Keeps the first rows of a frame with the model, at most {@value InputExampleRows#MAX_ROWS}. Of its columns those that
         * the signature names are kept, or all if there is no signature. Without other data, the signature is inferred from it.
         */
        public Builder inputExample(Dataset<Row> data) {
            this.inputExample = InputExampleRows.of(data);
            return this;
        }

        /** Keeps these rows with the model: column names to values. */
        public Builder inputExample(List<? extends Map<String, ?>> rows) {
            this.inputExample = InputExampleRows.of(rows);
            return this;
        }

        /** Registers the logged model as the next version of this registered model, which is made if it is not there. */
        public Builder registeredModelName(String name) {
            this.registeredModelName = notBlank("registered model name", name);
            RegistryValidation.modelName(name);
            return this;
        }

        /** Points an alias of the registered model at the new version. */
        public Builder alias(String alias) {
            this.alias = notBlank("alias", alias);
            RegistryValidation.newAlias(alias);
            return this;
        }

        /** Says what Python needs for the model, instead of the running Spark and MLflow. */
        public Builder pipRequirements(List<String> requirements) {
            this.pipRequirements = List.copyOf(requirements);
            return this;
        }

        /** Says what Python needs for the model besides the running Spark and MLflow. */
        public Builder extraPipRequirements(List<String> requirements) {
            this.extraPipRequirements = List.copyOf(requirements);
            return this;
        }

        /** Takes the conda environment from a YAML file. */
        public Builder condaEnv(Path file) {
            this.condaEnv = Objects.requireNonNull(file, "file");
            return this;
        }

        /** Sets the conda environment: what the YAML file would hold. */
        public Builder condaEnv(Map<String, ?> environment) {
            this.condaEnv = new LinkedHashMap<>(environment);
            return this;
        }

        /**
         * Names the Python that the model's environment is made with, e.g. {@code 3.12.4}: {@value
         * ModelEnvironment#PYTHON_VERSION} unless set. A conda environment that names one counts for more.
         */
        public Builder pythonVersion(String version) {
            if (version == null || !version.matches("3\\.\\d+(\\.\\d+)?")) {
                throw MlflowException.invalidParameter(
                        "'" + version + "' is not a version of Python 3: expected one such as 3.12.4");
            }
            this.pythonVersion = version;
            return this;
        }

        /** Copies Python files or folders into the model, which Python puts on its path before it loads the model. */
        public Builder codePaths(List<Path> paths) {
            this.codePaths = List.copyOf(paths);
            return this;
        }

        /** Sets what {@code MLmodel} has under {@code metadata}: text, numbers, booleans, and lists and maps of them. */
        public Builder metadata(Map<String, ?> metadata) {
            this.metadata = PlainValues.map("metadata", metadata);
            return this;
        }

        /** Says how long to wait until the registered version is ready: 300 seconds unless set; zero does not wait. */
        public Builder awaitRegistration(Duration atMost) {
            if (atMost.isNegative()) {
                throw MlflowException.invalidParameter(
                        "'" + atMost + "' is no time to wait for a registration: expected zero or more");
            }
            this.awaitRegistration = atMost;
            return this;
        }

        /** Says where the logged model is kept: {@code BOTH} unless set. */
        public Builder loggedModel(LoggedModelMode mode) {
            this.loggedModel = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /** Logs to this run instead of the active one. */
        public Builder runId(String runId) {
            this.runId = notBlank("run id", runId);
            return this;
        }

        /** Sets a folder that driver and executors both reach, for a model on its way through. */
        public Builder dfsTmpDir(String folder) {
            this.dfsTmpDir = notBlank("temporary folder", folder);
            return this;
        }

        /** Makes the options. Throws {@code INVALID_PARAMETER_VALUE} if two of them contradict each other. */
        public ModelOptions build() {
            if (condaEnv != null && (pipRequirements != null || extraPipRequirements != null)) {
                throw MlflowException.invalidParameter("Give either a conda environment or pip requirements, not both:"
                        + " the conda environment names its own pip requirements");
            }
            if (pipRequirements != null && extraPipRequirements != null) {
                throw MlflowException.invalidParameter(
                        "Give either pip requirements or extra pip requirements, not both:"
                                + " the extra ones are added to the default ones");
            }
            if (alias != null && registeredModelName == null) {
                throw MlflowException.invalidParameter("The alias '" + alias
                        + "' needs a registered model name: an alias points at a registered version");
            }
            return new ModelOptions(this);
        }

        private static String notBlank(String what, String value) {
            if (value == null || value.isBlank()) {
                throw MlflowException.invalidParameter("The " + what + " must not be empty");
            }
            return value;
        }
    }
}
