package io.sparkmlflow.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ModelUri.Kind;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.store.rest.RestModelRegistry;
import io.sparkmlflow.store.rest.RestTrackingStore;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelUriTest {
    private static final String ID = "m-0123456789abcdef0123456789abcdef";
    private static final String LOGGED_MODEL = "{\"model\": {\"info\": {\"model_id\": \"" + ID
            + "\", \"experiment_id\": \"0\", \"name\": \"lr\", \"status\": \"LOGGED_MODEL_READY\","
            + " \"artifact_uri\": \"mlflow-artifacts:/0/models/x\"}}}";
    private static final String RUN = "{\"run\": {\"info\": {\"run_id\": \"r1\", \"experiment_id\": \"0\", \"status\":"
            + " \"FINISHED\", \"lifecycle_stage\": \"active\", \"artifact_uri\": \"/mlruns/r1\"},"
            + " \"outputs\": {\"model_outputs\": [{\"model_id\": \"" + ID + "\", \"step\": 0}]}}}";

    private final FaultServer server = FaultServer.start();

    @AfterEach
    void closeServer() throws IOException {
        server.close();
    }

    private String resolve(String uri, String... answers) {
        for (String answer : answers) {
            server.then(FaultServer.json(answer));
        }
        MlflowConfig nothingSet = MlflowConfig.of(key -> null, Map.of());
        try (RestTrackingStore tracking = RestTrackingStore.open(server.uri(), nothingSet);
                RestModelRegistry registry = RestModelRegistry.open(server.uri(), nothingSet)) {
            return ModelUri.parse(uri).resolve(tracking, registry);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "models:/name/3,VERSION,name,3,''",
        "models:/a name/3/sub/dir/,VERSION,a name,3,sub/dir",
        "models:/name/Latest,LATEST,name,,''",
        "models:/name/latest/sub,LATEST,name,,sub",
        "models:/name/Production,STAGE,name,Production,''",
        "models:/name@champion,ALIAS,name,champion,''",
        "models:/na@me@champion/sub/x,ALIAS,na@me,champion,sub/x",
        "models:/" + ID + ",LOGGED_MODEL," + ID + ",,''",
        "models:/" + ID + "/sparkml,LOGGED_MODEL," + ID + ",,sparkml",
        "runs:/r1/model/x,RUN,r1,,model/x",
        "runs:/r1,RUN,r1,,''",
        "/a/b,LOCATION,/a/b,,''",
        "file:///a,LOCATION,file:///a,,''",
        "mlflow-artifacts:/0/x,LOCATION,mlflow-artifacts:/0/x,,''",
    })
    void readsEachForm(String uri, Kind kind, String name, String reference, String path) {
        assertThat(ModelUri.parse(uri)).isEqualTo(new ModelUri(uri, kind, name, reference, path));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models:/", "models:name/1", "models:/name", "models:/name/", "models:/@a", "models:/name@",
                "models://host/name/1", "models:/name/99999999999", "runs:/", "runs:r1/x", "models:/name/1/../../x", " "
            })
    void refusesWhatIsNoneAndNamesIt(String uri) {
        assertThatThrownBy(() -> ModelUri.parse(uri))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(uri.trim().replaceAll(".*/1/", ""))
                .extracting("errorCode")
                .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
    }

    @Test
    void versionIsWhereTheRegistrySays() {
        assertThat(resolve("models:/name/3/sub", "{\"artifact_uri\": \"s3://bucket/x/\"}"))
                .isEqualTo("s3://bucket/x/sub");
        assertThat(server.requests().get(0).target())
                .isEqualTo("/api/2.0/mlflow/model-versions/get-download-uri?name=name&version=3");
    }

    @Test
    void versionMadeOfAnotherUriLeadsOn() {
        assertThat(resolve("models:/name/3/a b", "{\"artifact_uri\": \"models:/" + ID + "\"}", LOGGED_MODEL))
                .isEqualTo("mlflow-artifacts:/0/models/x/a%20b");
    }

    @Test
    void versionThatNamesItselfEnds() {
        server.otherwise(FaultServer.json("{\"artifact_uri\": \"models:/name/3\"}"));
        assertThatThrownBy(() -> resolve("models:/name/3")).hasMessageContaining("too many model URIs");
    }

    @Test
    void runsModelComesBeforeTheRunsArtifact() {
        String found =
                "{\"models\": [" + LOGGED_MODEL.substring("{\"model\": ".length(), LOGGED_MODEL.length() - 1) + "]}";
        assertThat(resolve("runs:/r1/lr/sparkml", RUN, found)).isEqualTo("mlflow-artifacts:/0/models/x/sparkml");
        assertThat(server.requests().get(1).text())
                .contains("name = 'lr' AND source_run_id = 'r1'")
                .contains("\"experiment_ids\":[\"0\"]");
        server.then(
                FaultServer.json(RUN),
                FaultServer.reply(404, "text/html", "<title>404 Not Found</title>"),
                FaultServer.json(RUN));
        assertThat(resolve("runs:/r1/lr")).isEqualTo("/mlruns/r1/lr");
        assertThat(resolve("runs:/r1/file.txt"))
                .as("no model has a dot in its name")
                .isEqualTo("/mlruns/r1/file.txt");
        assertThat(resolve("runs:/r1/other/x y", RUN, "{}")).isEqualTo("/mlruns/r1/other/x y");
    }

    @Test
    void whatIsMissingIsTypedAndNamesTheUri() {
        String missing = "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"gone\"}";
        for (String uri : new String[] {"runs:/r1/x", "models:/name/1", "models:/name@a", "models:/" + ID}) {
            server.then(FaultServer.reply(404, "application/json", missing));
            assertThatThrownBy(() -> resolve(uri))
                    .hasMessageContaining("'" + uri + "'")
                    .hasMessageContaining("gone")
                    .extracting("errorCode")
                    .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        }
    }

    @Test
    void modelWithoutVersionIsNamed() {
        String empty = "{\"registered_model\": {\"name\": \"name\"}}";
        assertThatThrownBy(() -> resolve("models:/name/latest", empty))
                .hasMessage("Cannot find the model 'models:/name/latest': the registered model has no version");
        assertThatThrownBy(() -> resolve("models:/name/Production", "{}"))
                .hasMessageContaining("no version is in stage 'Production'");
    }
}
