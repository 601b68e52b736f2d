package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each folder here was written by Spark, and then broken as a disk, a download or a person would. */
@Tag("thorough")
class ModelLoaderTest {
    private static PipelineModel fitted;

    @TempDir
    Path directory;

    private MlflowClient client;
    private Path model;

    @BeforeEach
    void saveAModel() {
        if (fitted == null) {
            fitted = TestSpark.churnModel();
        }
        client = new MlflowClient("sqlite:///" + directory.resolve("mlflow.db"));
        model = directory.resolve("a model 50%20");
        SparkFlavor.save(TestSpark.session(), fitted, model, null, "/tmp/mlflow");
    }

    @AfterEach
    void closeTheClient() {
        client.close();
    }

    @Test
    void loadsAWholeFolderWhateverItsName() {
        LoadedModel loaded = load();

        assertThat(loaded.modelUri()).isEqualTo(model.toString());
        assertThat(loaded.model().stages()).hasSize(4);
    }

    @Test
    void namesTheStageThatOnlyPythonHas() {
        Path pythonOnly = resource("python-only-model");

        MlflowException failure = failure(pythonOnly);

        assertThat(failure.errorCode()).isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
        assertThat(failure)
                .hasMessageContaining(pythonOnly.toString())
                .hasMessageContaining("the stage Upper_a0262a4374c1 of the Python class __main__.Upper,")
                .hasMessageContaining("mlflow.spark.load_model");
        assertThat(failure.getMessage()).doesNotContain("Tokenizer");
    }

    @Test
    void recognizesAModelOfSparkConnect() throws IOException {
        Map<String, Object> flavor = MlModel.read(model).flavor("spark").orElseThrow();
        flavor.put("model_class", "pyspark.ml.connect.classification.LogisticRegressionModel");
        MlModel.read(model).setFlavor("spark", flavor).write(model);

        assertThat(failure(model))
                .hasMessageContaining("is a pyspark.ml.connect.classification.LogisticRegressionModel")
                .hasMessageContaining("exists in Python only");
    }

    @Test
    void namesAClassThatIsMissing() throws IOException {
        editMetadata(
                "_logreg_",
                json -> json.replace(
                        "org.apache.spark.ml.classification.LogisticRegressionModel", "com.example.GoneModel"));

        MlflowException failure = failure(model);

        assertThat(failure.errorCode()).isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
        assertThat(failure)
                .hasMessageContaining("needs the class com.example.GoneModel,")
                .hasMessageContaining("--jars");
    }

    @Test
    void namesTheSparkThatAModelIsTooNewFor() throws IOException {
        UnaryOperator<String> later =
                json -> json.replaceFirst("\"sparkVersion\":\"[^\"]*\"", "\"sparkVersion\":\"9.1.2\"");
        editMetadata("sparkml/metadata", later);
        editMetadata("_logreg_", json -> later.apply(json)
                .replace("\"paramMap\":{", "\"paramMap\":{\"paramOfTheFuture\":1,"));

        assertThat(failure(model))
                .hasMessageContaining("was saved by Spark 9.1.2, and this is Spark "
                        + TestSpark.session().version())
                .hasMessageContaining("paramOfTheFuture")
                .hasMessageContaining("load it with Spark 9.1 or later");
    }

    @Test
    void loadsAModelOfANewerSparkThatItCanRead() throws IOException {
        editMetadata(
                "sparkml/metadata",
                json -> json.replaceFirst("\"sparkVersion\":\"[^\"]*\"", "\"sparkVersion\":\"9.1.2\""));

        assertThat(load().model().stages()).hasSize(4);
    }

    @Test
    void missesAPartFileThatHasLeftItsChecksum() throws IOException {
        Path part = find("_logreg_", "data/part-");
        Files.delete(part);

        assertIncomplete(part.getFileName() + " is missing, though its checksum file is there");
    }

    @Test
    void missesTheMarkOfAFolderThatWasWrittenToItsEnd() throws IOException {
        Path data = find("_logreg_", "data/part-").getParent();
        Files.delete(data.resolve("_SUCCESS"));
        Files.delete(data.resolve("._SUCCESS.crc"));

        assertIncomplete("data/ has no _SUCCESS file, though other folders have one");
    }

    @Test
    void doesNotMissTheMarkWhereSparkWasToldToWriteNone() throws IOException {
        try (Stream<Path> files = Files.walk(model)) {
            for (Path file :
                    files.filter(file -> file.toString().contains("_SUCCESS")).toList()) {
                Files.delete(file);
            }
        }

        assertThat(load().model().stages()).hasSize(4);
    }

    @Test
    void missesAStage() throws IOException {
        Path stage = find("_logreg_", "data/part-").getParent().getParent();
        try (Stream<Path> files = Files.walk(stage)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }

        assertIncomplete("the stage stages/" + stage.getFileName() + " is missing");
    }

    @Test
    void missesThePipelinesMetadataAndTheWholeFolder() throws IOException {
        Files.delete(find("sparkml/metadata", "part-"));
        assertIncomplete("there is no part file in ");

        Files.move(model.resolve("sparkml"), directory.resolve("elsewhere"));
        assertIncomplete("its MLmodel names the folder ");
    }

    @Test
    void findsMetadataThatIsNotJson() throws IOException {
        Path part = find("sparkml/metadata", "part-");
        Files.delete(checksum(part));
        Files.writeString(part, "{\"class\":\"org.apache.sp");

        assertIncomplete("its metadata cannot be read as what Spark writes there");
    }

    @Test
    void findsAFileThatDoesNotMatchItsChecksum() throws IOException {
        Path part = find("_logreg_", "data/part-");
        byte[] bytes = Files.readAllBytes(part);
        Files.write(part, java.util.Arrays.copyOf(bytes, bytes.length / 2));

        assertDamaged();
    }

    @Test
    void findsAFileThatWasCutOffAndHasNoChecksum() throws IOException {
        Path part = find("_logreg_", "data/part-");
        Files.delete(checksum(part));
        byte[] bytes = Files.readAllBytes(part);
        Files.write(part, java.util.Arrays.copyOf(bytes, bytes.length / 2));

        assertDamaged();
    }

    @Test
    void tellsAMissingModelFromAFolderThatIsNone() throws IOException {
        assertThat(failure(directory.resolve("nowhere")))
                .hasMessageContaining("There is no model at " + directory.resolve("nowhere"));
        Files.writeString(
                Files.createDirectories(directory.resolve("letters")).resolve("to-grandma.txt"), "Dear grandma");
        assertThat(failure(directory.resolve("letters")))
                .hasMessageContaining("There is no file MLmodel")
                .hasMessageContaining("not the folder of an MLflow model");
        assertThat(failure(model.resolve("sparkml")))
                .hasMessageContaining("what Spark's own save() writes: load it with PipelineModel.load");
        assertThatThrownBy(() -> SparkFlavor.load(TestSpark.session(), client, "models:/nobody/1"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("models:/nobody/1");
    }

    @Test
    void loadsAStageWithPartitionsAndFilesOfItsOwn() {
        Path folder = directory.resolve("partitioned");
        SparkFlavor.save(TestSpark.session(), new PartitioningStage("own_1"), folder, null, "/tmp/mlflow");

        PipelineModel loaded =
                SparkFlavor.load(TestSpark.session(), client, folder.toString()).model();

        assertThat(folder.resolve("sparkml/stages/0_own_1/data/k=1")).isDirectory();
        assertThat(loaded.stages()).hasExactlyElementsOfTypes(PartitioningStage.class);
    }

    @Test
    void namesAClassThatAStageNeeds() throws IOException {
        SparkMlFolder folder = SparkMlFolder.list(
                TestSpark.session().sparkContext().hadoopConfiguration(),
                new org.apache.hadoop.fs.Path(model.resolve("sparkml").toUri()).toString(),
                "models:/churn/1");

        MlflowException failure = new LoadFailure(folder, "4.1.4")
                .explain(new IllegalStateException("outer", new NoClassDefFoundError("com/acme/Booster")));

        assertThat(failure)
                .hasMessage(
                        "The model models:/churn/1 has a stage that needs the class com.acme.Booster, which is not on the"
                                + " class path: add its jar with --jars or --packages, in the version that the model was fitted with");
    }

    private void assertIncomplete(String what) {
        MlflowException failure = failure(model);
        assertThat(failure.errorCode()).isEqualTo(ErrorCode.DATA_LOSS);
        assertThat(failure)
                .hasMessageContaining("The model " + model + " is incomplete: ")
                .hasMessageContaining(what)
                .hasMessageContaining("Download or log it again");
    }

    private void assertDamaged() {
        MlflowException failure = failure(model);
        assertThat(failure.errorCode()).isEqualTo(ErrorCode.DATA_LOSS);
        assertThat(failure)
                .hasMessageContaining("cannot read the model " + model)
                .hasMessageContaining("A file is damaged or was cut off on its way");
    }

    private LoadedModel load() {
        return SparkFlavor.load(TestSpark.session(), client, model.toString());
    }

    private MlflowException failure(Path folder) {
        MlflowException failure = catchThrowableOfType(
                MlflowException.class, () -> SparkFlavor.load(TestSpark.session(), client, folder.toString()));
        assertThat(failure).as("a failure to load %s", folder).isNotNull();
        return failure;
    }

    private void editMetadata(String stage, UnaryOperator<String> edit) throws IOException {
        Path part = find(stage, "part-");
        Files.delete(checksum(part));
        String json = Files.readString(part);
        String edited = edit.apply(json);
        assertThat(edited).as("the edited metadata").isNotEqualTo(json);
        Files.writeString(part, edited);
    }

    private static Path checksum(Path part) {
        return part.resolveSibling("." + part.getFileName() + ".crc");
    }

    private Path find(String folder, String file) throws IOException {
        try (Stream<Path> files = Files.walk(model)) {
            return files.filter(path ->
                            path.toString().contains(folder) && path.toString().contains("/" + file))
                    .sorted()
                    .reduce((first, second) -> second)
                    .orElseThrow();
        }
    }

    private static Path resource(String name) {
        return Path.of("src/test/resources/io/sparkmlflow/mllib", name).toAbsolutePath();
    }
}
