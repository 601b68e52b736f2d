package io.sparkmlflow.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file store of any age may have, written by hand. */
class FileStoreTest {
    private static final String RUN = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path root;

    private TrackingStore store;
    private ModelRegistry registry;

    @BeforeEach
    void writeAnOldStore() throws IOException {
        write("0/meta.yaml", "artifact_location: /a\nexperiment_id: 0\nlifecycle_stage: active\nname: Default\n");
        write(
                "0/" + RUN + "/meta.yaml",
                "artifact_uri: /a/r\nend_time: null\nexperiment_id: 0\nrun_uuid: " + RUN
                        + "\nsource_type: 4\nstart_time: 12\nstatus: 3\ntags: []\nuser_id: me\n");
        write("0/" + RUN + "/tags/mlflow.runName", "from the tag");
        store = FileStores.openTracking(root.toString());
        registry = FileStores.openRegistry(root.toString());
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void metric(String key, String lines) throws IOException {
        write("0/" + RUN + "/metrics/" + key, lines);
    }

    @Test
    void oldRunsAreRead() {
        Run run = store.getRun(RUN);
        assertThat(run.info().runName()).isEqualTo("from the tag");
        assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(run.info().lifecycleStage()).isEqualTo(LifecycleStage.ACTIVE);
        assertThat(run.info().endTime()).isNull();
        assertThat(store.getExperiment("0").creationTime()).isZero();
    }

    @Test
    void linesOfEveryAgeAreRead() throws IOException {
        metric("m/deep", "5 0.5\n6 1e-05 3\n7 nan 2 train 12e4\n8 -inf 1 my own data 0a\n");
        assertThat(store.getMetricHistory(RUN, "m/deep", 10, null).items())
                .extracting(Metric::timestamp, Metric::value, Metric::step, Metric::datasetName, Metric::datasetDigest)
                .containsExactly(
                        tuple(5L, 0.5, 0L, null, null),
                        tuple(6L, 1e-5, 3L, null, null),
                        tuple(7L, Double.NaN, 2L, "train", "12e4"),
                        tuple(8L, Double.NEGATIVE_INFINITY, 1L, "my own data", "0a"));
        assertThat(store.getRun(RUN).data().metric("m/deep").orElseThrow().value())
                .isEqualTo(1e-5);
        assertThat(store.getMetricHistory(RUN, "m", 10, null).items()).isEmpty();
        assertThat(store.getMetricHistory(RUN, "../meta.yaml", 10, null).items())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 0.5 0\\n1 0.7 0 | 0.7",
                "9 0.5 0\\n1 0.7 1 | 0.7",
                "2 0.5 1\\n1 0.7 1 | 0.5",
                "1 nan 0\\n1 -1 0 | NaN",
                "1 inf 0\\n1 nan 0 | Infinity"
            })
    void latestPointIsThatOfTheHighestStepTimeAndValue(String lines, double latest) throws IOException {
        metric("m", lines.replace("\\n", "\n") + "\n");
        assertThat(store.getRun(RUN).data().metrics()).extracting(Metric::value).containsExactly(latest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1 x 0", "1 0.5 0 train", "x 0.5 0", "1 0.5 1.5"})
    void malformedLineIsNamed(String line) throws IOException {
        metric("m", line + "\n");
        assertThatThrownBy(() -> store.getRun(RUN))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("Metric 'm' is malformed")
                .hasMessageContaining("'" + line + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../0/" + RUN, "/etc", "", "a\0b", ".trash"})
    void idsThatLeaveTheFolderAreRefused(String id) {
        assertThatThrownBy(() -> store.getRun(id)).isInstanceOf(MlflowException.class);
        assertThatThrownBy(() -> store.getExperiment(id)).isInstanceOf(MlflowException.class);
        assertThatThrownBy(() -> store.getLoggedModel(id))
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThatThrownBy(() -> registry.getModelVersion(id, 1)).isInstanceOf(MlflowException.class);
    }

    @Test
    void referenceThatLeavesTheFolderIsNotFollowed() throws IOException {
        write("secret/meta.yaml", "name: secret\ndigest: x\n");
        write("0/" + RUN + "/inputs/x/meta.yaml", "source_type: DATASET\nsource_id: ../../secret\ntags: {}\n");
        assertThat(store.getRun(RUN).inputs()).isEmpty();
    }

    @Test
    void modelsThatARunUsedAreAmongItsInputs() throws IOException {
        write("0/" + RUN + "/inputs/x/meta.yaml", "source_type: MODEL\nsource_id: m-1\ndestination_type: RUN\n");
        write("0/" + RUN + "/inputs/y/meta.yaml", "source_type: MODEL\ntags: {}\n");
        assertThat(store.getRun(RUN).modelInputs())
                .extracting(io.sparkmlflow.entities.ModelInput::modelId)
                .containsExactly("m-1");
        assertThat(store.getRun(RUN).inputs()).isEmpty();
    }

    @Test
    void brokenFilesAreNamed() throws IOException {
        write("0/" + RUN + "/meta.yaml", "status: [1\n");
        assertThatThrownBy(() -> store.getRun(RUN))
                .hasMessageContaining(RUN + "/meta.yaml is not valid YAML")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
        write("0/" + RUN + "/meta.yaml", "status: 9\nexperiment_id: 0\n");
        assertThatThrownBy(() -> store.getRun(RUN)).hasMessageContaining("unknown status '9'");
        write("0/" + RUN + "/meta.yaml", "start_time: soon\nexperiment_id: 0\n");
        assertThatThrownBy(() -> store.getRun(RUN)).hasMessageContaining("'soon' for start_time");
        write("0/" + RUN + "/meta.yaml", "a: &a [x]\nb: &b [*a, *a]\nc: !!java.io.File [/x]\n");
        assertThatThrownBy(() -> store.getRun(RUN)).isInstanceOf(MlflowException.class);
    }

    @Test
    void whatIsMissingIsTyped() {
        assertThatThrownBy(() -> store.getRun("f" + RUN.substring(1)))
                .hasMessage("Run with id=f" + RUN.substring(1) + " not found")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThatThrownBy(() -> store.getExperiment("7"))
                .hasMessage("No Experiment with id=7 exists")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThat(registry.findRegisteredModel("nobody")).isEmpty();
        assertThatThrownBy(() -> registry.findLatestVersion("nobody"))
                .hasMessage("Registered Model with name=nobody not found");
        assertThatThrownBy(() -> FileStores.openTracking(root.resolve("nope").toString()))
                .hasMessageContaining("There is no folder")
                .hasMessageContaining("sqlite:///mlflow.db");
    }

    @Test
    void namesBeyondAsciiAreFoundInAnyLocale() throws IOException {
        write("models/mödel/meta.yaml", "name: mödel\ncreation_timestamp: 1\nlast_updated_timestamp: 2\n");
        write("models/mödel/version-10/meta.yaml", "name: mödel\nversion: 10\nsource: /x\ncurrent_stage: None\n");
        write("models/mödel/version-9/meta.yaml", "name: mödel\nversion: 9\nsource: /x\ncurrent_stage: None\n");
        write("models/mödel/aliases/best", "9");
        write("0/" + RUN + "/params/grö+ße%41", "1");
        assertThat(store.getRun(RUN).data().params()).isEqualTo(Map.of("grö+ße%41", "1"));
        RegisteredModel model = registry.findRegisteredModel("mödel").orElseThrow();
        assertThat(model.name()).isEqualTo("mödel");
        assertThat(model.latestVersions()).extracting("version").containsExactly(10);
        assertThat(registry.getVersionByAlias("mödel", "best").version()).isEqualTo(9);
    }

    @Test
    void clientReadsAndRefusesToWriteInOneSentence() {
        try (MlflowClient client = new MlflowClient(root.toUri().toString())) {
            assertThat(client.tracking().getRun(RUN).info().userId()).isEqualTo("me");
            assertThatThrownBy(() -> client.tracking().createExperiment("new", null, Map.of()))
                    .hasMessageContaining("The file store " + root)
                    .hasMessageContaining("can only be read")
                    .hasMessageContaining("mlflow migrate-filestore --source " + root)
                    .extracting("errorCode")
                    .isEqualTo(ErrorCode.FEATURE_DISABLED);
            assertThatThrownBy(() -> client.ensureRegisteredModel("new")).hasMessageContaining("can only be read");
        }
    }
}
