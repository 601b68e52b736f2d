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

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
