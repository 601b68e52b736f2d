package io.sparkmlflow.store;

import static io.sparkmlflow.store.TrackingStoreContract.assertRefused;
import static io.sparkmlflow.store.TrackingStoreContract.unique;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.entities.ViewType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What searches find in every tracking store, and what is changed of experiments and logged models. Each test has an
 * experiment with the runs {@code one} to {@code four}, started one after the other, and a fifth one that is deleted.
 */
public abstract class TrackingSearchContract {
    private static final long START = 1_700_000_000_000L;

    private TrackingStore store;
    private String experimentId;
    private final List<String> runIds = new ArrayList<>();

    protected abstract TrackingStore open() throws Exception;

    @BeforeEach
    void fillStore() throws Exception {
        store = open();
        experimentId = store.createExperiment(unique("searched"), null, Map.of());
        addRun("one", Map.of("team", "red", "Name with space", "x"));
        log("one", List.of(metric("loss", 0.5), metric("nan", Double.NaN)), List.of(new Param("depth", "3")));
        addRun("two", Map.of("team", "Red"));
        log("two", List.of(metric("loss", 0.1), metric("nan", 1)), List.of(new Param("depth", "12")));
        addRun("three", Map.of("team", "blue", "x:y", "y"));
        log("three", List.of(metric("loss", 0.3), metric("nan", -1)), List.of(new Param("a/b", "it''s")));
        addRun("four", Map.of());
        addRun("deleted", Map.of("team", "red"));
        store.deleteRun(id("deleted"));
        store.updateRun(id("two"), RunStatus.FINISHED, START + 100, null);
        Dataset train = new Dataset("train", "0a", "local", "{}", null, null);
        Dataset test = new Dataset("test", "0b", "local", "{}", null, null);
        store.logInputs(id("one"), List.of(new DatasetInput(train, Map.of(MlflowTags.DATASET_CONTEXT, "training"))));
        store.logInputs(id("two"), List.of(new DatasetInput(test, Map.of())));
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void addRun(String name, Map<String, String> tags) {
        Run run = store.createRun(new CreateRun(experimentId, name, "alice", START + runIds.size(), tags));
        runIds.add(run.info().runId());
    }

    private String id(String name) {
        return runIds.get(List.of("one", "two", "three", "four", "deleted").indexOf(name));
    }

    private void log(String name, List<Metric> metrics, List<Param> params) {
        store.logBatch(id(name), metrics, params, List.of());
    }

    private static Metric metric(String key, double value) {
        return new Metric(key, value, START, 0);
    }

    private SearchRuns runs() {
        return SearchRuns.in(experimentId);
    }

    private String found(SearchRuns request) {
        return String.join(
                " ",
                store.searchRuns(request).items().stream()
                        .map(run -> run.info().runName())
                        .toList());
    }

    // ---- runs ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "metrics.loss < 0.4 | three two",
                "metric.loss >= 0.3 and metrics.loss != 0.5 | three",
                "metrics.nan = 0 | ^^",
                "metrics.nan >= 0 | two",
                "metrics.nan != 1 | three one",
                "params.depth = '3' | one",
                "params.depth != '3' | two",
                "params.depth LIKE '1_' | two",
                "params.depth IS NULL | four three",
                "param.`a/b` IS NOT NULL | three",
                "params.\"a/b\" = 'it''s' | three",
                "tags.team = 'red' | one",
                "tags.team ILIKE 'RED' | two one",
                "tags.team LIKE 'R%' | two",
                "tags.team != 'red' | three two",
                "tags.team IS NULL | four",
                "tags.`Name with space` = 'x' | one",
                "tags.`x:y` = 'y' AND tag.team = 'blue' | three",
                "status = 'FINISHED' | two",
                "attributes.status != 'FINISHED' AND user_id = 'alice' | four three one",
                "attr.start_time > 1700000000001 | four three",
                "Created <= 1700000000000 | one",
                "end_time > 0 | two",
                "run_name LIKE 't%' | three two",
                "run.`Run name` = 'four' | four",
                "datasets.name = 'train' | one",
                "dataset.digest IN ('0b', '0a') | two one",
                "datasets.name NOT IN ('test') | one",
                "datasets.context LIKE 'train%' | one",
                "run_name = 'nobody' | ^^"
            })
    void runsAreFoundByWhatTheyAreAndHold(String filter, String expected) {
        assertThat(found(runs().withFilter(filter))).isEqualTo(expected);
    }

    @Test
    void runsAreFoundByTheirIds() {
        String ids = "('" + id("one") + "', '" + id("three") + "')";
        assertThat(found(runs().withFilter("run_id IN " + ids))).isEqualTo("three one");
        assertThat(found(runs().withFilter("run_id not in " + ids))).isEqualTo("four two");
        assertThat(found(runs().withFilter("artifact_uri LIKE '%" + id("two") + "%'")))
                .isEqualTo("two");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "metrics.loss | two three one four",
                "metrics.loss DESC | one three two four",
                "metrics.nan ASC | three two one four",
                "metrics.`nan` desc | two three one four",
                "params.depth ASC | two one four three",
                "tags.team DESC | one three two four",
                "attributes.start_time ASC | one two three four",
                "run_name | four one three two",
                "end_time ASC | two four three one",
                "end_time DESC | two four three one",
                "Created | one two three four"
            })
    void runsComeInOrderAndThoseWithoutTheValueLast(String orderBy, String expected) {
        assertThat(found(runs().withOrderBy(orderBy))).isEqualTo(expected);
    }

    @Test
    void severalKeysOrderOneAfterTheOther() {
        assertThat(found(runs().withOrderBy("status DESC", "metrics.loss ASC"))).isEqualTo("three one four two");
    }

    @Test
    void aViewAddsOrChoosesDeletedRuns() {
        assertThat(found(runs().withView(ViewType.ALL).withFilter("tags.team = 'red'")))
                .isEqualTo("deleted one");
        assertThat(found(runs().withView(ViewType.DELETED_ONLY))).isEqualTo("deleted");
    }

    @Test
    void aSearchComesPageByPage() {
        SearchRuns request = runs().withFilter("metrics.loss > 0")
                .withOrderBy("metrics.loss")
                .withMaxResults(2);
        Page<Run> first = store.searchRuns(request);
        assertThat(first.items()).extracting(run -> run.info().runName()).containsExactly("two", "three");

        Page<Run> second = store.searchRuns(request.withPageToken(first.nextPageToken()));
        assertThat(second.items()).extracting(run -> run.info().runName()).containsExactly("one");
        assertThat(second.nextPageToken()).isNull();
    }

    @Test
    void severalExperimentsAreSearchedAtOnce() {
        String other = store.createExperiment(unique("other"), null, Map.of());
        store.createRun(new CreateRun(other, "elsewhere", "bob", START + 1, Map.of()));

        assertThat(found(SearchRuns.in(other, experimentId).withFilter("start_time = 1700000000001")))
                .contains("two")
                .contains("elsewhere");
        assertThat(found(SearchRuns.in())).isEmpty();
        assertThat(found(SearchRuns.in("99999999"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "bogus | Invalid clause(s) in filter string: 'bogus'",
                "metrics.a > 1 OR metrics.b > 1 | Invalid clause(s) in filter string: 'OR'",
                "metrics.a > 'x' | Expected numeric value type for metric. Found 'x'",
                "params.a = 5 | Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5",
                "params.a > 'x' | Invalid comparator '>' not one of",
                "foo = 'x' | Invalid attribute key 'foo' specified.",
                "foo.a = 'x' | Invalid entity type 'foo'.",
                "run_id IN () | While parsing a list in the query, expected a non-empty list",
                "user_id IN ('a') | Only ['run_id'] attributes support comparison",
                "status IS NULL | IS NULL / IS NOT NULL is only supported for tags and params"
            })
    void badFiltersAreRefused(String filter, String message) {
        assertRefused(ErrorCode.INVALID_PARAMETER_VALUE, message, () -> store.searchRuns(runs().withFilter(filter)));
    }

    @Test
    void badOrdersAndPagesAreRefused() {
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid ordering key in order_by clause 'start_time up'.",
                () -> store.searchRuns(runs().withOrderBy("start_time up")));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid attribute key 'foo' specified.",
                () -> store.searchRuns(runs().withOrderBy("foo")));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "max_results",
                () -> store.searchRuns(runs().withMaxResults(50_001)));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid page token",
                () -> store.searchRuns(runs().withPageToken("bogus")));
    }

    // ---- experiments ----

    @Test
    void experimentsAreFoundByNameTagsAndTimes() {
        String prefix = unique("Found");
        String a = store.createExperiment(prefix + "-a", null, Map.of("k", prefix));
        String b = store.createExperiment(prefix + "-b", null, Map.of("k", prefix, "l", "1"));

        assertThat(experiments("name = '" + prefix + "-a'")).containsExactly(a);
        assertThat(experiments("name LIKE '" + prefix + "%' AND tags.l IS NULL"))
                .containsExactly(a);
        assertThat(experiments("name ILIKE '" + prefix.toLowerCase(Locale.ROOT) + "%'"))
                .containsExactlyInAnyOrder(a, b);
        assertThat(experiments("attribute.experiment_id IN ('" + a + "', '" + b + "') AND tag.l = '1'"))
                .containsExactly(b);
        assertThat(experiments("experiment_id = '" + a + "' AND creation_time > 1600000000000"))
                .containsExactly(a);
        assertThat(experiments("tags.k = '" + prefix + "'", "name DESC")).containsExactly(b, a);
        assertThat(experiments("tags.k = '" + prefix + "'", "name ASC")).containsExactly(a, b);
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid entity type 'attributes'.",
                () -> experiments("attributes.name = 'x'"));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid comparator for experiment_id: LIKE",
                () -> experiments("experiment_id LIKE '1'"));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid order_by entity: tag",
                () -> experiments("name = 'x'", "tags.k"));
    }

    private List<String> experiments(String filter, String... orderBy) {
        return store
                .searchExperiments(SearchExperiments.active().withFilter(filter).withOrderBy(orderBy))
                .items()
                .stream()
                .map(Experiment::experimentId)
                .toList();
    }

    @Test
    void anExperimentIsRenamedUnlessItIsDeleted() {
        String name = unique("renamed");
        store.renameExperiment(experimentId, name);
        assertThat(store.getExperiment(experimentId).name()).isEqualTo(name);

        store.deleteExperiment(experimentId);
        assertRefused(
                ErrorCode.INVALID_STATE,
                "Cannot rename a non-active experiment.",
                () -> store.renameExperiment(experimentId, unique("again")));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No Experiment with id=99999999 exists",
                () -> store.renameExperiment("99999999", unique("nobody")));
    }

    @Test
    void anExperimentsTagIsDeleted() {
        store.setExperimentTag(experimentId, "k", "v");
        store.deleteExperimentTag(experimentId, "k");

        assertThat(store.getExperiment(experimentId).tags()).doesNotContainKey("k");
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No tag with name: k in experiment with id " + experimentId,
                () -> store.deleteExperimentTag(experimentId, "k"));
    }

    // ---- logged models ----

    @Test
    void loggedModelsAreFoundByWhatTheyAreAndHold() {
        addModels();

        assertThat(models("name = 'first'")).isEqualTo("first");
        assertThat(models("attributes.name LIKE '%r%' AND model_type = 'tree'")).isEqualTo("third");
        assertThat(models("name IN ('first', 'second')")).isEqualTo("second first");
        assertThat(models("source_run_id = '" + id("one") + "'")).isEqualTo("first");
        assertThat(models("creation_timestamp > 1600000000000")).isEqualTo("third second first");
        assertThat(models("params.depth = 3")).isEqualTo("first");
        assertThat(models("params.depth != '3'")).isEqualTo("second");
        assertThat(models("tags.`for what` ILIKE 'TEST'")).isEqualTo("second first");
        assertThat(models("metrics.auc > 0.8")).isEqualTo("second first");
        assertThat(models("metrics.auc > 0.8 AND metrics.auc < 0.6")).isEqualTo("first");
        assertThat(models("name = 'nobody'")).isEmpty();
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid comparison operator for attributes.name: '>'.",
                () -> models("name > 'x'"));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Expected a list of comparisons separated by 'AND'",
                () -> models("bogus"));
    }

    @Test
    void loggedModelsAreFoundByTheirMetricsOnADataset() {
        addModels();
        SearchLoggedModels onTest = SearchLoggedModels.in(experimentId).withDatasets(new DatasetFilter("test", "0b"));

        assertThat(models(onTest)).isEqualTo("first");
        assertThat(models(onTest.withFilter("metrics.auc > 0.8"))).isEmpty();
        assertThat(models(onTest.withFilter("metrics.auc < 0.8"))).isEqualTo("first");
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "`dataset_name` in the `datasets` clause must be specified.",
                () -> models(onTest.withDatasets(new DatasetFilter("", "0b"))));
    }

    @Test
    void loggedModelsComeInOrderAndThoseWithoutTheValueLast() {
        addModels();
        SearchLoggedModels all = SearchLoggedModels.in(experimentId);

        assertThat(models(all)).isEqualTo("third second first");
        assertThat(models(all.withOrderBy(new LoggedModelOrder("name", true)))).isEqualTo("first second third");
        assertThat(models(all.withOrderBy(new LoggedModelOrder("metrics.auc", true))))
                .isEqualTo("first second third");
        assertThat(models(all.withOrderBy(new LoggedModelOrder("metrics.auc", false))))
                .isEqualTo("second first third");
        DatasetFilter train = new DatasetFilter("train", "0a");
        assertThat(models(all.withOrderBy(new LoggedModelOrder("metrics.auc", false, train))))
                .isEqualTo("first second third");
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid order by field name: params.a. Only metrics are supported.",
                () -> models(all.withOrderBy(new LoggedModelOrder("params.a", true))));
    }

    @Test
    void loggedModelsComePageByPage() {
        addModels();
        SearchLoggedModels request = SearchLoggedModels.in(experimentId)
                .withFilter("creation_time > 0")
                .withOrderBy(new LoggedModelOrder("name", false))
                .withMaxResults(2);
        Page<LoggedModel> first = store.searchLoggedModels(request);
        assertThat(first.items()).extracting(LoggedModel::name).containsExactly("third", "second");
        SearchLoggedModels next = request.withPageToken(first.nextPageToken());
        assertThat(models(next)).isEqualTo("first");
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "in the page token do",
                () -> models(next.withFilter("creation_time > 1")));
    }

    @Test
    void aLoggedModelsTagIsDeleted() {
        String modelId = addModel("tagged", null, null, Map.of());
        store.setLoggedModelTags(modelId, List.of(new Tag("k/l", "v")));
        store.setLoggedModelTags(modelId, List.of(new Tag("k", "v")));
        store.deleteLoggedModelTag(modelId, "k");

        assertThat(store.getLoggedModel(modelId).tags()).doesNotContainKey("k").containsKey("k/l");
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No tag with key 'k' found for model with ID '" + modelId + "'.",
                () -> store.deleteLoggedModelTag(modelId, "k"));
    }

    private void addModels() {
        String first = addModel("first", "forest", id("one"), Map.of("depth", "3"));
        String second = addModel("second", "forest", null, Map.of("depth", "5"));
        addModel("third", "tree", null, Map.of());
        for (String model : List.of(first, second)) {
            store.setLoggedModelTags(model, List.of(new Tag("for what", "test")));
        }
        store.finalizeLoggedModel(first, LoggedModelStatus.READY);
        store.logBatch(
                id("one"),
                List.of(
                        new Metric("auc", 0.9, START, 0, first, "train", "0a"),
                        new Metric("auc", 0.5, START + 1, 0, first, "test", "0b"),
                        new Metric("auc", 0.85, START, 1, second, "train", "0a")),
                List.of(),
                List.of());
        assertThat(store.getLoggedModel(first).metrics()).hasSize(2);
    }

    /** Adds a model that is younger than those before: the order of models of the same millisecond is that of their ids. */
    private String addModel(String name, String type, String runId, Map<String, String> params) {
        long before = System.currentTimeMillis();
        while (System.currentTimeMillis() <= before) {
            Thread.onSpinWait();
        }
        return store.createLoggedModel(new CreateLoggedModel(experimentId, name, type, runId, params, Map.of()))
                .modelId();
    }

    private String models(String filter) {
        return models(SearchLoggedModels.in(experimentId).withFilter(filter));
    }

    private String models(SearchLoggedModels request) {
        return String.join(
                " ",
                store.searchLoggedModels(request).items().stream()
                        .map(LoggedModel::name)
                        .toList());
    }
}
