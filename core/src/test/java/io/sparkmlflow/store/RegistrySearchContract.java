package io.sparkmlflow.store;

import static io.sparkmlflow.store.TrackingStoreContract.assertRefused;
import static io.sparkmlflow.store.TrackingStoreContract.unique;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.Tag;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What searches find in every model registry, and what is changed of models and versions. */
public abstract class RegistrySearchContract {
    private TrackingStore tracking;
    private ModelRegistry registry;
    private String name;
    private Run run;

    /** Opens the tracking store whose runs the registry knows. */
    protected abstract TrackingStore openTracking() throws Exception;

    protected abstract ModelRegistry openRegistry() throws Exception;

    @BeforeEach
    void openStores() throws Exception {
        tracking = openTracking();
        registry = openRegistry();
        name = unique("Model");
        run = tracking.createRun(new CreateRun("0", "maker", "alice", 1_700_000_000_000L, Map.of()));
        registry.createRegisteredModel(name, "a description", Map.of("team", "red"));
    }

    @AfterEach
    void closeStores() {
        registry.close();
        tracking.close();
    }

    private ModelVersion createVersion(String model, String path, Map<String, String> tags) {
        return registry.createModelVersion(new CreateModelVersion(
                model,
                run.info().artifactUri() + "/" + path,
                run.info().runId(),
                null,
                "http://link",
                "about it",
                tags));
    }

    // ---- registered models ----

    @Test
    void modelsAreFoundByNameAndTags() {
        String other = name + "-other";
        registry.createRegisteredModel(other, null, Map.of("team", "blue", "k", "v"));

        assertThat(models("name = '" + name + "'")).containsExactly(name);
        assertThat(models("name LIKE '" + name + "%'")).containsExactly(name, other);
        assertThat(models("name ilike '" + name.toLowerCase(Locale.ROOT) + "%'"))
                .containsExactly(name, other);
        assertThat(models("name LIKE '" + name.toLowerCase(Locale.ROOT) + "%'")).isEmpty();
        assertThat(models("name IN ('" + name + "', 'nobody')")).containsExactly(name);
        assertThat(models("name LIKE '" + name + "%' AND tags.team = 'blue'")).containsExactly(other);
        assertThat(models("name LIKE '" + name + "%' AND tag.k != 'w'")).containsExactly(other);
        assertThat(models("name LIKE '" + name + "%'", "name DESC")).containsExactly(other, name);
        registry.updateRegisteredModel(name, "younger than the other");
        assertThat(models("name LIKE '" + name + "%'", "timestamp DESC", "name ASC"))
                .containsExactly(name, other);
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE, "Invalid clause(s) in filter string: bogus", () -> models("bogus"));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE, "Invalid comparator for attribute: >", () -> models("name > 'x'"));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid order by key 'foo' specified.",
                () -> models("name = 'x'", "foo"));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "max_results",
                () -> registry.searchRegisteredModels(
                        SearchRegisteredModels.all().withMaxResults(1001)));
    }

    @Test
    void promptsAreFoundOnlyIfTheyAreAskedFor() {
        String prompt = name + "-prompt";
        registry.createRegisteredModel(prompt, null, Map.of("mlflow.prompt.is_prompt", "true"));

        String named = "name LIKE '" + name + "%'";
        assertThat(models(named)).containsExactly(name);
        assertThat(models(named + " AND tags.`mlflow.prompt.is_prompt` = 'true'"))
                .containsExactly(prompt);
        assertThat(models(named + " AND tags.`mlflow.prompt.is_prompt` != 'true'"))
                .containsExactly(name);
        assertThat(models(named + " AND tags.`mlflow.prompt.is_prompt` = 'false'"))
                .containsExactly(name);
    }

    private List<String> models(String filter, String... orderBy) {
        return registry
                .searchRegisteredModels(
                        SearchRegisteredModels.all().withFilter(filter).withOrderBy(orderBy))
                .items()
                .stream()
                .map(RegisteredModel::name)
                .toList();
    }

    @Test
    void aRenamedModelTakesEverythingAlong() {
        createVersion(name, "model", Map.of("k", "v"));
        registry.setAlias(name, "champion", 1);
        String newName = unique("renamed");

        assertThat(registry.renameRegisteredModel(name, newName).name()).isEqualTo(newName);

        assertThat(registry.findRegisteredModel(name)).isEmpty();
        RegisteredModel renamed = registry.findRegisteredModel(newName).orElseThrow();
        assertThat(renamed.tags()).containsEntry("team", "red");
        assertThat(renamed.aliases()).containsEntry("champion", 1);
        assertThat(registry.getModelVersion(newName, 1).tags()).containsEntry("k", "v");

        String taken = unique("taken");
        registry.createRegisteredModel(taken, null, Map.of());
        assertRefused(
                ErrorCode.RESOURCE_ALREADY_EXISTS,
                "Registered Model (name=" + taken + ") already exists.",
                () -> registry.renameRegisteredModel(newName, taken));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Registered Model with name=" + name + " not found",
                () -> registry.renameRegisteredModel(name, unique("x")));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Names cannot contain '/' or ':'.",
                () -> registry.renameRegisteredModel(newName, "a/b"));
    }

    @Test
    void aModelsDescriptionAndTagsAreChanged() {
        assertThat(registry.updateRegisteredModel(name, "new").description()).isEqualTo("new");
        assertThat(registry.findRegisteredModel(name).orElseThrow().description())
                .isEqualTo("new");

        registry.deleteRegisteredModelTag(name, "team");
        registry.deleteRegisteredModelTag(name, "team");
        assertThat(registry.findRegisteredModel(name).orElseThrow().tags()).isEmpty();
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "not found",
                () -> registry.deleteRegisteredModelTag(unique("nobody"), "team"));
    }

    // ---- versions ----

    @Test
    void versionsAreFoundByWhatTheyAre() {
        createVersion(name, "first", Map.of("k", "a"));
        createVersion(name, "second", Map.of("k", "b"));
        createVersion(name, "third", Map.of());
        registry.deleteModelVersion(name, 3);
        String other = name + "-other";
        registry.createRegisteredModel(other, null, Map.of());
        createVersion(other, "other", Map.of("k", "a"));
        registry.setAlias(name, "champion", 2);
        String named = "name = '" + name + "'";

        assertThat(versions(named, "version_number DESC")).containsExactly(name + "/2", name + "/1");
        assertThat(versions(named, "version_number")).containsExactly(name + "/1", name + "/2");
        assertThat(versions(named + " AND version_number > 1")).containsExactly(name + "/2");
        assertThat(versions(named + " AND version_number = '1'")).containsExactly(name + "/1");
        assertThat(versions("run_id = '" + run.info().runId() + "' AND tags.k = 'a'", "name"))
                .containsExactly(name + "/1", other + "/1");
        assertThat(versions("run_id IN ('" + run.info().runId() + "') AND source_path LIKE '%second'"))
                .containsExactly(name + "/2");
        assertThat(versions("name LIKE '" + name + "%'", "name DESC", "version_number ASC"))
                .containsExactly(other + "/1", name + "/1", name + "/2");
        ModelVersion second = registry.searchModelVersions(
                        SearchModelVersions.all().withFilter(named + " AND version_number = 2"))
                .items()
                .get(0);
        assertThat(second)
                .usingRecursiveComparison()
                .ignoringFields("aliases")
                .isEqualTo(registry.getModelVersion(name, 2));
        assertThat(second.aliases()).isEmpty();
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid attribute key 'foo' specified.",
                () -> versions("foo = 'x'"));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid comparator for attribute version_number: LIKE",
                () -> versions("version_number LIKE '1'"));
    }

    @Test
    void versionsComePageByPageTheLastChangedFirst() {
        for (int i = 0; i < 3; i++) {
            createVersion(name, "model", Map.of());
        }
        SearchModelVersions request =
                SearchModelVersions.all().withFilter("name = '" + name + "'").withMaxResults(2);
        Page<ModelVersion> first = registry.searchModelVersions(request);
        assertThat(first.items()).extracting(ModelVersion::version).containsExactly(3, 2);
        Page<ModelVersion> second = registry.searchModelVersions(request.withPageToken(first.nextPageToken()));
        assertThat(second.items()).extracting(ModelVersion::version).containsExactly(1);
        assertThat(second.nextPageToken()).isNull();
    }

    private List<String> versions(String filter, String... orderBy) {
        return registry
                .searchModelVersions(
                        SearchModelVersions.all().withFilter(filter).withOrderBy(orderBy))
                .items()
                .stream()
                .map(version -> version.name() + "/" + version.version())
                .toList();
    }

    @Test
    void aVersionMovesFromStageToStage() {
        createVersion(name, "model", Map.of());
        createVersion(name, "model", Map.of());
        createVersion(name, "model", Map.of());

        assertThat(registry.transitionStage(name, 1, "production", false).currentStage())
                .isEqualTo("Production");
        registry.transitionStage(name, 2, "Production", true);
        assertThat(registry.getModelVersion(name, 1).currentStage()).isEqualTo("Archived");
        assertThat(registry.getLatestVersions(name, List.of()))
                .extracting(ModelVersion::version)
                .containsExactly(1, 2, 3);
        assertThat(registry.getLatestVersions(name, List.of("Production", "none")))
                .extracting(ModelVersion::version)
                .containsExactly(2, 3);
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid Model Version stage: Prod.",
                () -> registry.transitionStage(name, 1, "Prod", false));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Model Version (name=" + name + ", version=9) not found",
                () -> registry.transitionStage(name, 9, "Staging", false));
    }

    @Test
    void aVersionsDescriptionAndTagsAreChanged() {
        createVersion(name, "model", Map.of("k", "v"));

        assertThat(registry.updateModelVersion(name, 1, "new").description()).isEqualTo("new");
        registry.setModelVersionTag(name, 1, new Tag("l", "w"));
        registry.deleteModelVersionTag(name, 1, "k");
        registry.deleteModelVersionTag(name, 1, "k");

        ModelVersion changed = registry.getModelVersion(name, 1);
        assertThat(changed.description()).isEqualTo("new");
        assertThat(changed.tags()).containsOnly(Map.entry("l", "w"));
    }

    @Test
    void aCopiedVersionKeepsWhatItIsAndWhereItsFilesAre() {
        createVersion(name, "model", Map.of("k", "v"));
        String copy = unique("copy");

        ModelVersion first = registry.copyModelVersion(name, 1, copy);
        assertThat(first.name()).isEqualTo(copy);
        assertThat(first.version()).isEqualTo(1);
        assertThat(first.tags()).containsOnly(Map.entry("k", "v"));
        assertThat(first.description()).isEqualTo("about it");
        assertThat(first.runId()).isEqualTo(run.info().runId());
        assertThat(first.source()).isEqualTo("models:/" + name + "/1");
        assertThat(registry.getDownloadUri(copy, 1)).isEqualTo(run.info().artifactUri() + "/model");
        assertThat(registry.copyModelVersion(name, 1, copy).version()).isEqualTo(2);
    }
}
