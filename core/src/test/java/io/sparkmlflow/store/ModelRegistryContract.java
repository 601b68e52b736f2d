package io.sparkmlflow.store;

import static io.sparkmlflow.store.TrackingStoreContract.assertRefused;
import static io.sparkmlflow.store.TrackingStoreContract.unique;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.Tag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every model registry does, whatever is behind it. Names are unique, so that a registry may outlive a test. */
public abstract class ModelRegistryContract {
    private TrackingStore tracking;
    private ModelRegistry registry;
    private String name;
    private Run run;

    /** Opens the tracking store whose runs and logged models the registry knows. */
    protected abstract TrackingStore openTracking() throws Exception;

    protected abstract ModelRegistry openRegistry() throws Exception;

    @BeforeEach
    void openStores() throws Exception {
        tracking = openTracking();
        registry = openRegistry();
        name = unique("model");
        run = tracking.createRun(new CreateRun("0", "maker", "alice", 1_700_000_000_000L, Map.of()));
        registry.createRegisteredModel(name, "a description", Map.of("team", "red"));
    }

    @AfterEach
    void closeStores() {
        registry.close();
        tracking.close();
    }

    private ModelVersion createVersion() {
        return registry.createModelVersion(new CreateModelVersion(
                name, source(), run.info().runId(), null, "http://link", "about it", Map.of("k", "v")));
    }

    private String source() {
        return run.info().artifactUri() + "/model";
    }

    // ---- registered models ----

    @Test
    void aRegisteredModelIsFoundByName() {
        RegisteredModel model = registry.findRegisteredModel(name).orElseThrow();

        assertThat(model.name()).isEqualTo(name);
        assertThat(model.description()).isEqualTo("a description");
        assertThat(model.tags()).containsOnly(Map.entry("team", "red"));
        assertThat(model.aliases()).isEmpty();
        assertThat(model.latestVersions()).isEmpty();
        assertThat(model.creationTimestamp()).isPositive();
        assertThat(registry.findRegisteredModel(unique("nobody"))).isEmpty();
    }

    @Test
    void aNameIsTakenOnce() {
        assertRefused(
                ErrorCode.RESOURCE_ALREADY_EXISTS,
                "Registered Model (name=" + name + ") already exists.",
                () -> registry.createRegisteredModel(name, null, Map.of()));
    }

    @Test
    void badNamesAreRefused() {
        for (String bad : List.of("a/b", "a:b")) {
            assertRefused(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "Invalid model name '" + bad + "'. Names cannot contain '/' or ':'.",
                    () -> registry.createRegisteredModel(bad, null, Map.of()));
        }
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Missing value for required parameter 'name'.",
                () -> registry.createRegisteredModel("", null, Map.of()));
    }

    @Test
    void aModelsTagIsOverwritten() {
        registry.setRegisteredModelTag(name, new Tag("team", "blue"));

        assertThat(registry.findRegisteredModel(name).orElseThrow().tags()).containsEntry("team", "blue");
        String nobody = unique("nobody");
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Registered Model with name=" + nobody + " not found",
                () -> registry.setRegisteredModelTag(nobody, new Tag("k", "v")));
    }

    @Test
    void modelsAreListedPageByPageInTheOrderOfTheirNames() {
        List<String> names = new ArrayList<>(List.of(name));
        for (int i = 0; i < 2; i++) {
            names.add(registry.createRegisteredModel(unique("model"), null, Map.of())
                    .name());
        }

        List<String> listed = new ArrayList<>();
        String token = null;
        do {
            Page<RegisteredModel> page = registry.listRegisteredModels(2, token);
            page.items().forEach(model -> listed.add(model.name()));
            token = page.nextPageToken();
        } while (token != null);

        assertThat(listed).containsAll(names).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aDeletedModelIsGoneWithItsVersions() {
        createVersion();
        registry.setAlias(name, "champion", 1);

        registry.deleteRegisteredModel(name);

        assertThat(registry.findRegisteredModel(name)).isEmpty();
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Registered Model with name=" + name + " not found",
                () -> registry.deleteRegisteredModel(name));
        registry.createRegisteredModel(name, null, Map.of());
        assertThat(createVersion().version()).isEqualTo(1);
    }

    // ---- versions ----

    @Test
    void versionsCountFromOne() {
        ModelVersion first = createVersion();

        assertThat(first.name()).isEqualTo(name);
        assertThat(first.version()).isEqualTo(1);
        assertThat(first.source()).isEqualTo(source());
        assertThat(first.runId()).isEqualTo(run.info().runId());
        assertThat(first.status()).isEqualTo("READY");
        assertThat(first.currentStage()).isEqualTo("None");
        assertThat(first.description()).isEqualTo("about it");
        assertThat(first.runLink()).isEqualTo("http://link");
        assertThat(first.tags()).containsOnly(Map.entry("k", "v"));
        assertThat(first.aliases()).isEmpty();
        assertThat(registry.getModelVersion(name, 1)).isEqualTo(first);
        assertThat(registry.getDownloadUri(name, 1)).isEqualTo(source());
        assertThat(createVersion().version()).isEqualTo(2);
    }

    @Test
    void theNumberOfADeletedVersionIsNotGivenAgain() {
        createVersion();
        createVersion();
        registry.deleteModelVersion(name, 2);

        assertThat(createVersion().version()).isEqualTo(3);
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Model Version (name=" + name + ", version=2) not found",
                () -> registry.getModelVersion(name, 2));
    }

    @Test
    void aVersionOfNoModelIsRefused() {
        String nobody = unique("nobody");
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Registered Model with name=" + nobody + " not found",
                () -> registry.createModelVersion(
                        new CreateModelVersion(nobody, source(), run.info().runId(), null, null, null, Map.of())));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Registered Model with name=" + nobody + " not found",
                () -> registry.findLatestVersion(nobody));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Model Version (name=" + name + ", version=99) not found",
                () -> registry.getModelVersion(name, 99));
    }

    @Test
    void theLatestVersionIsTheOneWithTheHighestNumber() {
        assertThat(registry.findLatestVersion(name)).isEmpty();
        createVersion();
        createVersion();

        assertThat(registry.findLatestVersion(name))
                .get()
                .extracting(ModelVersion::version)
                .isEqualTo(2);
        assertThat(registry.findLatestVersionInStage(name, "none"))
                .get()
                .extracting(ModelVersion::version)
                .isEqualTo(2);
        assertThat(registry.findLatestVersionInStage(name, "Production")).isEmpty();
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid Model Version stage: Prod. Value must be one of None, Staging, Production, Archived.",
                () -> registry.findLatestVersionInStage(name, "Prod"));
        assertThat(registry.findRegisteredModel(name).orElseThrow().latestVersions())
                .extracting(ModelVersion::version)
                .containsExactly(2);

        registry.deleteModelVersion(name, 2);
        assertThat(registry.findLatestVersion(name))
                .get()
                .extracting(ModelVersion::version)
                .isEqualTo(1);
    }

    @Test
    void aVersionsTagIsOverwritten() {
        createVersion();

        registry.setModelVersionTag(name, 1, new Tag("k", "w"));

        assertThat(registry.getModelVersion(name, 1).tags()).containsOnly(Map.entry("k", "w"));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Model Version (name=" + name + ", version=7) not found",
                () -> registry.setModelVersionTag(name, 7, new Tag("k", "w")));
    }

    @Test
    void aVersionOfALoggedModelKeepsThatModelsFilesAndRun() {
        LoggedModel logged = tracking.createLoggedModel(
                new CreateLoggedModel("0", "logged", null, run.info().runId(), Map.of(), Map.of()));
        tracking.finalizeLoggedModel(logged.modelId(), LoggedModelStatus.READY);

        ModelVersion version = registry.createModelVersion(new CreateModelVersion(
                name, "models:/" + logged.modelId(), null, logged.modelId(), null, null, Map.of()));

        assertThat(version.source()).isEqualTo("models:/" + logged.modelId());
        assertThat(version.runId()).isEqualTo(run.info().runId());
        assertThat(registry.getDownloadUri(name, version.version())).isEqualTo(logged.artifactUri());
        assertThat(tracking.getLoggedModel(logged.modelId()).tags().get("mlflow.modelVersions"))
                .contains(name);
    }

    @Test
    void aVersionCopiedFromAnotherKeepsThatOnesFiles() {
        createVersion();
        String copy = unique("copy");
        registry.createRegisteredModel(copy, null, Map.of());

        registry.createModelVersion(
                new CreateModelVersion(copy, "models:/" + name + "/1", null, null, null, null, Map.of()));

        assertThat(registry.getDownloadUri(copy, 1)).isEqualTo(source());
    }

    // ---- aliases ----

    @Test
    void anAliasPointsAtAVersionUntilItIsMovedOrRemoved() {
        createVersion();
        createVersion();
        registry.setAlias(name, "champion", 1);
        registry.setAlias(name, "backup", 1);
        assertThat(registry.getVersionByAlias(name, "champion").version()).isEqualTo(1);
        assertThat(registry.getModelVersion(name, 1).aliases()).containsExactlyInAnyOrder("backup", "champion");

        registry.setAlias(name, "champion", 2);
        assertThat(registry.getVersionByAlias(name, "champion").version()).isEqualTo(2);
        assertThat(registry.findRegisteredModel(name).orElseThrow().aliases())
                .containsOnly(Map.entry("backup", 1), Map.entry("champion", 2));

        registry.deleteAlias(name, "champion");
        registry.deleteAlias(name, "champion");
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Registered model alias champion not found.",
                () -> registry.getVersionByAlias(name, "champion"));
    }

    @Test
    void anAliasGoesWithItsVersion() {
        createVersion();
        registry.setAlias(name, "champion", 1);

        registry.deleteModelVersion(name, 1);

        assertThat(registry.findRegisteredModel(name).orElseThrow().aliases()).isEmpty();
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Registered model alias champion not found.",
                () -> registry.getVersionByAlias(name, "champion"));
    }

    @Test
    void aliasesThatMeanSomethingElseAreRefused() {
        createVersion();

        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "'latest' alias name (case insensitive) is reserved.",
                () -> registry.setAlias(name, "Latest", 1));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Version alias name 'v1' is reserved.",
                () -> registry.setAlias(name, "v1", 1));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid alias name: 'a.b'. Names may only contain alphanumerics, underscores (_), and dashes (-).",
                () -> registry.setAlias(name, "a.b", 1));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Model Version (name=" + name + ", version=99) not found",
                () -> registry.setAlias(name, "ok", 99));
    }

    @Test
    void theAliasLatestIsTheLatestVersion() {
        createVersion();
        createVersion();

        assertThat(registry.getVersionByAlias(name, "latest").version()).isEqualTo(2);
    }
}
