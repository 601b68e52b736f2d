package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchModelVersions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLogTest {
    @TempDir
    Path directory;

    private MlflowClient client;
    private String runId;

    @BeforeEach
    void startARun() {
        client = new MlflowClient("sqlite:///" + directory.resolve("mlflow.db"));
        Run run = client.tracking().createRun(new CreateRun("0", "train", "me", 1L, Map.of(MlflowTags.USER, "me")));
        runId = run.info().runId();
        client.logBatch(runId, List.of(), List.of(new Param("maxIter", "3")), List.of());
    }

    @AfterEach
    void closeTheStore() {
        client.close();
    }

    @Test
    void keepsAModelWithItsRunAndAsALoggedModel() {
        ModelInfo info = log(ModelOptions.NONE);

        assertThat(info.modelUri()).isEqualTo("runs:/" + runId + "/model");
        LoggedModel model = client.tracking().getLoggedModel(info.modelId());
        assertThat(model.status()).isEqualTo(LoggedModelStatus.READY);
        assertThat(model.name()).isEqualTo("model");
        assertThat(model.sourceRunId()).isEqualTo(runId);
        assertThat(model.params()).containsExactly(Map.entry("maxIter", "3"));
        assertThat(model.tags()).containsExactly(Map.entry(MlflowTags.USER, "me"));
        Run run = client.tracking().getRun(runId);
        assertThat(run.outputs()).containsExactly(new ModelOutput(info.modelId(), 0));
        assertThat(run.data().tags().get(MlflowTags.LOGGED_MODELS))
                .containsIgnoringWhitespaces("\"artifact_path\": \"model\"");
        MlModel ofTheRun = MlModel.read(path(run.info().artifactUri()).resolve("model"));
        assertThat(ofTheRun.text("artifact_path")).contains("model");
        assertThat(ofTheRun.text("model_id")).isEmpty();
        MlModel own = MlModel.read(path(model.artifactUri()));
        assertThat(own.text("artifact_path")).contains(model.artifactUri());
        assertThat(own.text("model_id")).contains(info.modelId());
        assertThat(own.text("model_uuid")).contains(info.modelId());
        assertThat(own.text("run_id")).contains(runId);
    }

    @Test
    void keepsAModelWhereItIsToldTo() {
        ModelInfo inRun =
                log(ModelOptions.builder().loggedModel(LoggedModelMode.RUN).build());
        ModelInfo alone = log(
                ModelOptions.builder().loggedModel(LoggedModelMode.LOGGED_MODEL).build(), "other");

        assertThat(inRun.modelId()).isNull();
        assertThat(inRun.modelUri()).isEqualTo("runs:/" + runId + "/model");
        assertThat(alone.modelUri()).isEqualTo("models:/" + alone.modelId());
        Run run = client.tracking().getRun(runId);
        assertThat(run.outputs()).containsExactly(new ModelOutput(alone.modelId(), 0));
        assertThat(path(run.info().artifactUri()).resolve("model")).isDirectory();
        assertThat(path(run.info().artifactUri()).resolve("other")).doesNotExist();
    }

    @Test
    void registersWhatIsCompleteAndSetsTheAlias() throws IOException {
        ModelInfo info = log(ModelOptions.builder()
                .registeredModelName("churn")
                .alias("champion")
                .build());

        assertThat(info.version().version()).isEqualTo(1);
        assertThat(info.version().aliases()).containsExactly("champion");
        assertThat(info.version().runId()).isEqualTo(runId);
        assertThat(info.version().source()).isEqualTo("models:/" + info.modelId());
        Path files = path(client.resolve("models:/churn@champion"));
        assertThat(Files.readString(files.resolve("registered_model_meta")))
                .isEqualTo("model_name: churn\nmodel_version: '1'\n");
        assertThat(path(client.tracking().getRun(runId).info().artifactUri()).resolve("model/registered_model_meta"))
                .exists();
    }

    @Test
    void leavesNothingThatLooksReadyWhenAnUploadFails() throws IOException {
        Path artifacts = path(client.tracking().getRun(runId).info().artifactUri());
        Files.createDirectories(artifacts);
        Files.writeString(artifacts.resolve("model"), "a file is in the way");

        assertThatThrownBy(() ->
                        log(ModelOptions.builder().registeredModelName("churn").build()))
                .isInstanceOf(MlflowException.class);

        assertThat(client.tracking()
                        .searchLoggedModels(SearchLoggedModels.in("0"))
                        .items())
                .extracting(LoggedModel::status)
                .containsExactly(LoggedModelStatus.UPLOAD_FAILED);
        assertThat(client.registry().findRegisteredModel("churn")).isEmpty();
    }

    @Test
    void callsALoggedModelLikeItsFolderAsFarAsItMay() {
        ModelInfo info = log(ModelOptions.NONE, "models/v1.2");

        assertThat(client.tracking().getLoggedModel(info.modelId()).name()).isEqualTo("models_v1_2");
        assertThat(path(client.tracking().getRun(runId).info().artifactUri()).resolve("models/v1.2/MLmodel"))
                .exists();
    }

    @Test
    void leavesNoVersionWhenTheAliasCannotBeSet() throws SQLException {
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("mlflow.db"));
                Statement statement = database.createStatement()) {
            statement.execute("CREATE TRIGGER refuse BEFORE INSERT ON registered_model_aliases"
                    + " BEGIN SELECT RAISE(ABORT, 'no aliases today'); END");
        }

        assertThatThrownBy(() -> log(ModelOptions.builder()
                        .registeredModelName("churn")
                        .alias("champion")
                        .build()))
                .isInstanceOf(MlflowException.class)
                .hasMessageEndingWith(
                        "The model is logged, but its version 1 of churn has been deleted again: register it anew");

        assertThat(client.registry()
                        .searchModelVersions(SearchModelVersions.all())
                        .items())
                .isEmpty();
    }

    @Test
    void leavesNoVersionThatIsNotReadyInTime() throws SQLException {
        onNewVersion("UPDATE model_versions SET status = 'PENDING_REGISTRATION'");

        assertThatThrownBy(() -> log(ModelOptions.builder()
                        .registeredModelName("churn")
                        .alias("champion")
                        .awaitRegistration(Duration.ofSeconds(1))
                        .build()))
                .isInstanceOf(MlflowException.class)
                .hasMessage("Version 1 of churn is still PENDING_REGISTRATION after 1 s: wait longer"
                        + " (await_registration_for), or 0 not to wait. The model is logged, but its version 1 of churn has"
                        + " been deleted again: register it anew");

        assertNoVersions();
        assertThat(client.registry().findRegisteredModel("churn").orElseThrow().aliases())
                .isEmpty();
    }

    @Test
    void leavesNoVersionThatTheRegistryCouldNotRegister() throws SQLException {
        onNewVersion("UPDATE model_versions SET status = 'FAILED_REGISTRATION', status_message = 'no room'");

        assertThatThrownBy(() ->
                        log(ModelOptions.builder().registeredModelName("churn").build()))
                .isInstanceOf(MlflowException.class)
                .hasMessageStartingWith(
                        "The registry could not register version 1 of churn: no room. The model is logged,"
                                + " but its version 1 of churn has been deleted again");

        assertNoVersions();
    }

    @Test
    void leavesNoVersionWhenItsThreadIsInterruptedWhileItWaits() throws Exception {
        onNewVersion("UPDATE model_versions SET status = 'PENDING_REGISTRATION'");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread waiting = new Thread(() -> {
            try {
                log(ModelOptions.builder().registeredModelName("churn").build());
            } catch (MlflowException e) {
                thrown.set(e);
            }
        });
        waiting.start();
        while (versions().isEmpty()) {
            Thread.sleep(20);
        }
        waiting.interrupt();
        waiting.join();

        assertThat(thrown.get())
                .hasMessageStartingWith("Interrupted while waiting for the registry to register the model.")
                .hasMessageEndingWith("has been deleted again: register it anew");
        assertNoVersions();
    }

    @Test
    void doesNotWaitForAVersionIfItIsToldNotTo() throws SQLException {
        onNewVersion("UPDATE model_versions SET status = 'PENDING_REGISTRATION'");

        ModelInfo info = log(ModelOptions.builder()
                .registeredModelName("churn")
                .awaitRegistration(Duration.ZERO)
                .build());

        assertThat(info.version().status()).isEqualTo("PENDING_REGISTRATION");
        assertThat(versions()).extracting(ModelVersion::status).containsExactly("PENDING_REGISTRATION");
    }

    /** A registry that takes its time, as those behind a server may. */
    private void onNewVersion(String statement) throws SQLException {
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("mlflow.db"));
                Statement created = database.createStatement()) {
            created.execute("CREATE TRIGGER slow AFTER INSERT ON model_versions BEGIN " + statement + "; END");
        }
    }

    private List<ModelVersion> versions() {
        return client.registry().searchModelVersions(SearchModelVersions.all()).items();
    }

    private void assertNoVersions() {
        assertThat(versions()).isEmpty();
    }

    private ModelInfo log(ModelOptions options) {
        return log(options, "model");
    }

    /** What is in the folder matters to nobody here, so no Spark has to write one. */
    private ModelInfo log(ModelOptions options, String name) {
        try {
            Path folder = Files.createTempDirectory(directory, "staged");
            Files.createDirectories(folder.resolve("sparkml"));
            Files.writeString(folder.resolve("sparkml/part-0"), "{}");
            new MlModel()
                    .setFlavor("spark", Map.of("model_data", "sparkml"))
                    .set("model_id", null)
                    .set("model_uuid", "0123")
                    .set("utc_time_created", "2026-11-23 19:51:57.864473")
                    .write(folder);
            return new ModelLog(client, runId, name, new SavedModel(folder)).log(options);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Path path(String location) {
        return location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location);
    }
}
