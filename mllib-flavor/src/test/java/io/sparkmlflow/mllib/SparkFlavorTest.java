package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkFlavorTest {
    @TempDir
    Path directory;

    @Test
    void writesTheFolderThatPythonWrites() throws IOException {
        Path folder = directory.resolve("model");
        ModelSignature signature = SparkSignatures.infer(TestSpark.session(), TestSpark.churnModel(), TestSpark.SCHEMA)
                .orElseThrow();

        SparkFlavor.save(TestSpark.session(), TestSpark.churnModel(), folder, signature, "/tmp/mlflow");

        assertThat(names(directory)).containsExactly("model");
        assertThat(names(folder))
                .containsExactlyInAnyOrder("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "sparkml");
        MlModel mlmodel = MlModel.read(folder);
        assertThat(mlmodel.flavor("spark").orElseThrow())
                .containsEntry("model_class", "pyspark.ml.pipeline.PipelineModel")
                .containsEntry("model_data", "sparkml")
                .containsEntry("pyspark_version", TestSpark.session().version());
        assertThat(mlmodel.flavor("python_function").orElseThrow()).containsEntry("loader_module", "mlflow.spark");
        assertThat(mlmodel.signature()).contains(signature);
        assertThat(Files.readString(folder.resolve("requirements.txt")))
                .contains("pyspark==" + TestSpark.session().version());
    }

    @Test
    void logsRegistersAndLoadsAModel() {
        try (MlflowClient client = new MlflowClient("sqlite:///" + directory.resolve("mlflow.db"))) {
            Run run = client.tracking().createRun(new CreateRun("0", "train", "me", 1L, Map.of()));
            Path folder = directory.resolve("staged");
            PipelineModel model = TestSpark.churnModel();
            SparkFlavor.save(TestSpark.session(), model, folder, null, "/tmp/mlflow");

            ModelInfo info = SparkFlavor.log(client, run.info().runId(), "model", folder, "churn");

            assertThat(info.modelUri()).isEqualTo("runs:/" + run.info().runId() + "/model");
            ModelVersion version = info.version();
            assertThat(version.version()).isEqualTo(1);
            client.registry().setAlias("churn", "champion", 1);
            List<Row> expected =
                    model.transform(TestSpark.people()).select("prediction").collectAsList();
            for (String uri :
                    List.of(info.modelUri(), "models:/churn/1", "models:/churn@champion", "models:/churn/latest")) {
                LoadedModel loaded = SparkFlavor.load(TestSpark.session(), client, uri);
                assertThat(loaded.model()
                                .transform(TestSpark.people())
                                .select("prediction")
                                .collectAsList())
                        .as(uri)
                        .isEqualTo(expected);
            }
            assertThat(client.tracking().getRun(run.info().runId()).data().tags())
                    .hasEntrySatisfying("mlflow.log-model.history", history -> assertThat(history)
                            .containsIgnoringWhitespaces("\"artifact_path\": \"model\""));
        }
    }

    @Test
    void wrapsAModelThatIsNoPipeline() {
        Path folder = directory.resolve("model");
        Tokenizer tokenizer = new Tokenizer().setInputCol("text").setOutputCol("words");

        SparkFlavor.save(TestSpark.session(), tokenizer, folder, null, "/tmp/mlflow");

        PipelineModel loaded =
                PipelineModel.load(folder.resolve("sparkml").toUri().toString());
        assertThat(loaded.stages()).hasSize(1);
        assertThat(loaded.stages()[0].uid()).isEqualTo(tokenizer.uid());
    }

    @Test
    void writesWhatTheOptionsAskFor() throws IOException {
        Path code =
                Files.createDirectories(directory.resolve("own/__pycache__")).getParent();
        Files.writeString(code.resolve("helper.py"), "x = 1\n");
        Files.writeString(code.resolve("__pycache__/helper.pyc"), "");
        Path script = Files.writeString(directory.resolve("script.py"), "y = 2\n");
        Path folder = directory.resolve("model");

        SparkFlavor.save(
                TestSpark.session(),
                TestSpark.churnModel(),
                folder,
                "/tmp/mlflow",
                ModelOptions.builder()
                        .inputExample(TestSpark.people())
                        .metadata(Map.of("team", "a", "limits", List.of(1, 2.5)))
                        .codePaths(List.of(code, script))
                        .pipRequirements(List.of("numpy"))
                        .build());

        MlModel mlmodel = MlModel.read(folder);
        assertThat(mlmodel.toMap()).containsEntry("metadata", Map.of("team", "a", "limits", List.of(1, 2.5)));
        assertThat(mlmodel.signature().orElseThrow().inputNames()).containsExactly("age", "income", "city");
        assertThat(mlmodel.toMap().get("saved_input_example_info"))
                .isEqualTo(Map.of(
                        "artifact_path", "input_example.json",
                        "pandas_orient", "split",
                        "serving_input_path", "serving_input_example.json",
                        "type", "dataframe"));
        assertThat(Files.readString(folder.resolve("input_example.json")))
                .startsWith(
                        "{\"columns\": [\"age\", \"income\", \"city\"], \"data\": [[20, 0.0, \"Rom\"], [21, 1000.0,");
        assertThat(folder.resolve("code/own/helper.py")).hasContent("x = 1");
        assertThat(folder.resolve("code/script.py")).hasContent("y = 2");
        assertThat(folder.resolve("code/own/__pycache__")).doesNotExist();
        for (String flavor : List.of("spark", "python_function")) {
            assertThat(mlmodel.flavor(flavor).orElseThrow()).containsEntry("code", "code");
        }
        assertThat(Files.readString(folder.resolve("requirements.txt"))).endsWith("\nnumpy");
    }

    @Test
    void takesAnExampleOfMapsAndInfersTheSignatureFromIt() throws IOException {
        Path folder = directory.resolve("model");

        SparkFlavor.save(
                TestSpark.session(),
                TestSpark.churnModel(),
                folder,
                "/tmp/mlflow",
                ModelOptions.builder()
                        .inputExample(List.of(Map.of("age", 20, "income", 1.5, "city", "Rom", "id", 7L)))
                        .build());

        assertThat(MlModel.read(folder).signature().orElseThrow().inputNames())
                .containsExactlyInAnyOrder("age", "income", "city");
        assertThat(Files.readString(folder.resolve("input_example.json"))).doesNotContain("id");
    }

    @Test
    void namesTheStageThatCannotBeSaved() {
        PipelineModel model = new PipelineModel(
                "p", new org.apache.spark.ml.Transformer[] {TestSpark.churnModel(), new Unwritable()});

        assertThatThrownBy(() -> SparkFlavor.save(
                        TestSpark.session(), model, directory.resolve("model"), "/tmp/mlflow", ModelOptions.NONE))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The model cannot be saved, because its stage 'unwritable_1' (" + Unwritable.class.getName()
                        + ") does not implement org.apache.spark.ml.util.MLWritable: take it out of the pipeline, or let its"
                        + " class extend DefaultParamsWritable");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void leavesNothingBehindWhenSavingFails() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("model"));
        Files.writeString(folder.resolve("precious"), "keep");

        assertThatThrownBy(() ->
                        SparkFlavor.save(TestSpark.session(), TestSpark.churnModel(), folder, null, "/tmp/mlflow"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(folder.toString());

        assertThat(names(directory)).containsExactly("model");
        assertThat(names(folder)).containsExactly("precious");
    }

    @Test
    void saysWhichFlavorsAModelHasInstead() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("model"));
        new MlModel().setFlavor("sklearn", Map.of("pickled_model", "model.pkl")).write(folder);

        try (MlflowClient client = new MlflowClient("sqlite:///" + directory.resolve("mlflow.db"))) {
            assertThatThrownBy(() -> SparkFlavor.load(TestSpark.session(), client, folder.toString()))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("no 'spark' flavor")
                    .hasMessageContaining("sklearn");
        }
    }

    @Test
    void logsToAFileSystemThatOnlyTheApplicationKnows() throws IOException {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        TestSpark.session()
                .sparkContext()
                .hadoopConfiguration()
                .set(
                        "fs.viewfs.mounttable.known-to-spark.link./runs",
                        mounted.toUri().toString());
        try (MlflowClient client = new MlflowClient("sqlite:///" + directory.resolve("mlflow.db"))) {
            String experiment = client.tracking().createExperiment("e", "viewfs://known-to-spark/runs", Map.of());
            Run run = client.tracking().createRun(new CreateRun(experiment, "train", "me", 1L, Map.of()));

            ModelInfo info = SparkFlavor.log(
                    TestSpark.session(),
                    client,
                    TestSpark.churnModel(),
                    run.info().runId(),
                    "model",
                    "/tmp/mlflow",
                    ModelOptions.NONE);

            assertThat(mounted.resolve(run.info().runId() + "/artifacts/model/MLmodel"))
                    .exists();
            assertThat(mounted.resolve("models/" + info.modelId() + "/artifacts/MLmodel"))
                    .exists();
        }
    }

    @Test
    void warnsIfASignatureThatWasAskedForCannotBeInferred() {
        org.apache.spark.sql.types.StructType other = org.apache.spark.sql.types.StructType.fromDDL("unrelated INT");
        try (CapturedWarnings warnings = CapturedWarnings.open()) {
            SparkFlavor.save(
                    TestSpark.session(),
                    TestSpark.churnModel(),
                    directory.resolve("model"),
                    "/tmp/mlflow",
                    ModelOptions.builder().trainingSchema(other).build());

            assertThat(MlModel.read(directory.resolve("model")).signature()).isEmpty();
            assertThat(warnings.messages())
                    .singleElement(org.assertj.core.api.InstanceOfAssertFactories.STRING)
                    .matches(
                            "The model \\S+ gets no signature, though its training schema was given: its transform cannot be"
                                    + " analysed without data \\((?s:.*)\\)\\. Give the signature itself with the option 'signature', or"
                                    + " turn this off with signature=false");
        }
    }

    @Test
    void saysNothingWhereNoSignatureWasAskedFor() {
        try (CapturedWarnings warnings = CapturedWarnings.open()) {
            SparkFlavor.save(
                    TestSpark.session(),
                    TestSpark.churnModel(),
                    directory.resolve("model"),
                    "/tmp/mlflow",
                    ModelOptions.NONE);

            assertThat(warnings.messages()).isEmpty();
        }
    }

    @Test
    void leavesNothingInTheSharedFolderWhenAStageCannotBeWritten() throws IOException {
        Path mounted = Files.createDirectory(directory.resolve("shared"));
        org.apache.hadoop.conf.Configuration hadoop =
                TestSpark.session().sparkContext().hadoopConfiguration();
        hadoop.set("fs.viewfs.mounttable.shared.link./tmp", mounted.toUri().toString());
        hadoop.set("fs.defaultFS", "viewfs://shared/");
        try {
            assertThatThrownBy(() -> SparkFlavor.save(
                            TestSpark.session(),
                            new PartitioningStage(PartitioningStage.FAILING),
                            directory.resolve("model"),
                            null,
                            "/tmp"))
                    .hasStackTraceContaining("half is written");
            SparkFlavor.save(
                    TestSpark.session(), new PartitioningStage("own_1"), directory.resolve("whole"), null, "/tmp");
        } finally {
            hadoop.unset("fs.defaultFS");
        }

        assertThat(directory.resolve("whole/sparkml/stages/0_own_1/data")).isDirectory();
        assertThat(mounted).isEmptyDirectory();
    }

    @Test
    void refusesTwoCodePathsOfOneName() throws IOException {
        Path one =
                Files.writeString(Files.createDirectory(directory.resolve("a")).resolve("own.py"), "");
        Path other =
                Files.writeString(Files.createDirectory(directory.resolve("b")).resolve("own.py"), "");

        assertThatThrownBy(() -> CodePaths.copy(List.of(one, other), directory))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The code paths '" + one + "' and '" + other
                        + "' would both be called 'own.py' in the model: give one of them another name");
    }

    @Test
    void copiesWhatLinksLeadTo() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("helper.py"), "x = 1\n");
        Path own = Files.createDirectory(directory.resolve("own"));
        Files.createSymbolicLink(own.resolve("linked"), elsewhere);
        Path link = Files.createSymbolicLink(directory.resolve("called"), elsewhere);
        Path target = Files.createDirectory(directory.resolve("target"));

        CodePaths.copy(List.of(own, link), target);

        assertThat(target.resolve("code/own/linked/helper.py")).hasContent("x = 1");
        assertThat(target.resolve("code/called/helper.py")).hasContent("x = 1");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** A stage as somebody writes who does not think of saving. */
    private static final class Unwritable extends org.apache.spark.ml.Transformer {
        private static final long serialVersionUID = 1L;

        @Override
        public String uid() {
            return "unwritable_1";
        }

        @Override
        @SuppressWarnings("unchecked")
        public org.apache.spark.sql.Dataset<Row> transform(org.apache.spark.sql.Dataset<?> dataset) {
            return (org.apache.spark.sql.Dataset<Row>) dataset;
        }

        @Override
        public org.apache.spark.sql.types.StructType transformSchema(org.apache.spark.sql.types.StructType schema) {
            return schema;
        }

        @Override
        public org.apache.spark.ml.Transformer copy(org.apache.spark.ml.param.ParamMap extra) {
            return this;
        }
    }
}
