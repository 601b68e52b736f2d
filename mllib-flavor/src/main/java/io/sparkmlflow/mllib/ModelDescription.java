package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.InputExample;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelEnvironmentFiles;
import io.sparkmlflow.model.ModelSignature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The small files of a model, all but what Spark writes: made before, so that a bad option costs no job. */
final class ModelDescription {
    private static final Logger LOG = LoggerFactory.getLogger(ModelDescription.class);
    private static final DateTimeFormatter PYTHON_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

    private final SparkSession spark;
    private final Transformer model;
    private final ModelOptions options;
    private final MlModel mlmodel = new MlModel();
    private long size;

    private ModelDescription(SparkSession spark, Transformer model, ModelOptions options) {
        this.spark = spark;
        this.model = model;
        this.options = options;
    }

    /** Writes the files into a local folder, {@code MLmodel} excepted. */
    static ModelDescription write(SparkSession spark, Transformer model, ModelOptions options, Path folder)
            throws IOException {
        ModelDescription description = new ModelDescription(spark, model, options);
        description.write(folder);
        return description;
    }

    /**
     * Returns the content of {@code MLmodel}, for a model that is written now.
     *
     * @param dataSize the bytes that Spark wrote
     */
    MlModel complete(long dataSize) {
        return mlmodel.set("model_size_bytes", size + dataSize)
                .set("utc_time_created", PYTHON_TIME.format(LocalDateTime.now(ZoneOffset.UTC)));
    }

    private void write(Path folder) throws IOException {
        ModelSignature signature = signature().orElse(null);
        if (signature != null) {
            mlmodel.setSignature(signature);
        }
        if (options.inputExample() != null) {
            List<String> wanted = signature == null ? List.of() : signature.inputNames();
            List<String> columns = options.inputExample().columns(wanted);
            InputExample.ofRows(columns, exampleValues(columns)).write(folder, mlmodel);
        }
        String code = CodePaths.copy(options.codePaths(), folder);
        ModelEnvironmentFiles environment = ModelEnvironment.of(spark.version(), options);
        mlmodel.setFlavor(
                        "python_function",
                        pythonFunctionFlavor(environment.python().python(), code))
                .setFlavor(SparkFlavor.NAME, sparkFlavor(code))
                .set("mlflow_version", ModelEnvironment.MLFLOW_VERSION)
                .set("model_id", null)
                .set("model_uuid", UUID.randomUUID().toString().replace("-", ""))
                .set("prompts", null);
        if (!options.metadata().isEmpty()) {
            mlmodel.set("metadata", options.metadata());
        }
        size = sizeOf(folder);
        environment.write(folder);
    }

    private Optional<ModelSignature> signature() {
        if (options.signature() != null || !options.signatureWanted()) {
            return Optional.ofNullable(options.signature());
        }
        SignatureOutputs outputs = options.signatureOutputs();
        if (options.trainingData() != null) {
            return SparkSignatures.infer(
                    spark, model, options.trainingData(), outputs, why -> warn("training data", why));
        }
        if (options.trainingSchema() != null) {
            return SparkSignatures.infer(
                    spark, model, options.trainingSchema(), outputs, why -> warn("training schema", why));
        }
        InputExampleRows example = options.inputExample();
        if (example == null) {
            return Optional.empty();
        }
        return example.frame().isPresent()
                ? SparkSignatures.infer(spark, model, example.frame().get(), outputs, why -> warn("input example", why))
                : ofRows(example);
    }

    /** Values do not say whether a list of numbers is an array or a vector. */
    private Optional<ModelSignature> ofRows(InputExampleRows example) {
        StructType schema = example.schema();
        AtomicReference<String> reason = new AtomicReference<>();
        Optional<ModelSignature> signature =
                SparkSignatures.infer(spark, model, schema, options.signatureOutputs(), reason::set);
        StructType vectors = example.schemaWithVectors();
        if (signature.isEmpty() && !vectors.equals(schema)) {
            signature = SparkSignatures.infer(spark, model, vectors, options.signatureOutputs(), why -> {});
        }
        if (signature.isEmpty()) {
            warn("input example", reason.get());
        }
        return signature;
    }

    private void warn(String given, String why) {
        LOG.warn(
                "The model {} gets no signature, though its {} was given: {}. Give the signature itself with the option"
                        + " 'signature', or turn this off with signature=false",
                model.uid(),
                given,
                why);
    }

    private ZoneId sessionZone() {
        return ZoneId.of(spark.conf().get("spark.sql.session.timeZone"), ZoneId.SHORT_IDS);
    }

    /** A frame is run for them. */
    private List<List<Object>> exampleValues(List<String> columns) {
        try {
            return options.inputExample().values(columns, sessionZone());
        } catch (MlflowException e) {
            throw e;
        } catch (Exception e) { // Spark's methods throw checked exceptions that they do not declare
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "The rows of the input example cannot be computed: " + Causes.innermost(e),
                    e);
        }
    }

    private Map<String, Object> sparkFlavor(String code) {
        Map<String, Object> flavor = new LinkedHashMap<>();
        flavor.put("pyspark_version", spark.version());
        flavor.put("model_data", SparkFlavor.MODEL_DATA);
        flavor.put("code", code);
        // A Python class name even for JVM pipelines: this is what Python's mlflow.spark expects to read.
        flavor.put("model_class", "pyspark.ml.pipeline.PipelineModel");
        return flavor;
    }

    /** Python loads the model through {@code mlflow.spark}. */
    private static Map<String, Object> pythonFunctionFlavor(String pythonVersion, String code) {
        Map<String, Object> flavor = new LinkedHashMap<>();
        flavor.put("loader_module", "mlflow.spark");
        flavor.put("python_version", pythonVersion);
        flavor.put("data", SparkFlavor.MODEL_DATA);
        flavor.put("env", ModelEnvironmentFiles.flavorEntry());
        if (code != null) {
            flavor.put("code", code);
        }
        return flavor;
    }

    private static long sizeOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
