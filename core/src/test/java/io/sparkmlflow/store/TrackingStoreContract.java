package io.sparkmlflow.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.entities.ViewType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every tracking store does, whatever is behind it. Names are unique, so that a store may outlive a test. */
public abstract class TrackingStoreContract {
    private static final long START = 1_700_000_000_000L;

    private TrackingStore store;
    private String experimentId;

    protected abstract TrackingStore open() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = open();
        experimentId = store.createExperiment(unique("experiment"), null, Map.of());
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    protected static String unique(String prefix) {
        return prefix + "-" + UUID.randomUUID();
    }

    private String createRun() {
        return createRun(START).info().runId();
    }

    private Run createRun(long startTime) {
        return store.createRun(new CreateRun(experimentId, "a run", "alice", startTime, Map.of()));
    }

    protected static void assertRefused(ErrorCode code, String message, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(message)
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(code);
    }

    // ---- experiments ----

    @Test
    void anExperimentIsFoundByIdAndByName() {
        String name = unique("found");
        String id = store.createExperiment(name, null, Map.of("team", "red"));

        Experiment experiment = store.getExperiment(id);
        assertThat(experiment.name()).isEqualTo(name);
        assertThat(experiment.experimentId()).isEqualTo(id);
        assertThat(experiment.lifecycleStage()).isEqualTo(LifecycleStage.ACTIVE);
        assertThat(experiment.tags()).containsEntry("team", "red");
        assertThat(experiment.artifactLocation()).endsWith("/" + id);
        assertThat(experiment.creationTime()).isPositive().isEqualTo(experiment.lastUpdateTime());
        assertThat(store.findExperimentByName(name)).contains(experiment);
    }

    @Test
    void theDefaultExperimentIsThere() {
        assertThat(store.getExperiment("0").name()).isEqualTo("Default");
    }

    @Test
    void anExperimentKeepsTheArtifactLocationItIsGiven() {
        String id = store.createExperiment(unique("located"), "s3://bucket/path", Map.of());

        assertThat(store.getExperiment(id).artifactLocation()).isEqualTo("s3://bucket/path");
        assertThat(store.createRun(new CreateRun(id, null, "alice", START, Map.of()))
                        .info()
                        .artifactUri())
                .matches("s3://bucket/path/[0-9a-f]{32}/artifacts");
    }

    @Test
    void aNameBelongsToOneExperimentEvenAfterItsDeletion() {
        String name = unique("taken");
        String id = store.createExperiment(name, null, Map.of());
        assertRefused(
                ErrorCode.RESOURCE_ALREADY_EXISTS,
                "Experiment(name=" + name + ") already exists",
                () -> store.createExperiment(name, null, Map.of()));

        store.deleteExperiment(id);
        assertRefused(
                ErrorCode.RESOURCE_ALREADY_EXISTS,
                "Experiment(name=" + name + ") already exists",
                () -> store.createExperiment(name, null, Map.of()));
        assertThat(store.findExperimentByName(name))
                .get()
                .extracting(Experiment::lifecycleStage)
                .isEqualTo(LifecycleStage.DELETED);
    }

    @Test
    void anUnknownExperimentIsRefused() {
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No Experiment with id=99999999 exists",
                () -> store.getExperiment("99999999"));
        assertThat(store.findExperimentByName(unique("nobody"))).isEmpty();
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No Experiment with id=99999999 exists",
                () -> store.createRun(new CreateRun("99999999", null, null, START, Map.of())));
    }

    @Test
    void aTooLongExperimentNameIsRefused() {
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "'name' exceeds the maximum length of 500 characters",
                () -> store.createExperiment("x".repeat(501), null, Map.of()));
    }

    @Test
    void anExperimentTagIsOverwritten() {
        store.setExperimentTag(experimentId, "owner", "bob");
        store.setExperimentTag(experimentId, "owner", "carol");

        assertThat(store.getExperiment(experimentId).tags()).containsEntry("owner", "carol");
    }

    @Test
    void deletingAnExperimentTakesItsRunsAlongAndRestoringBringsThemBack() {
        String runId = createRun();

        store.deleteExperiment(experimentId);
        assertThat(store.getExperiment(experimentId).lifecycleStage()).isEqualTo(LifecycleStage.DELETED);
        assertThat(store.getRun(runId).info().lifecycleStage()).isEqualTo(LifecycleStage.DELETED);
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "The experiment " + experimentId + " must be in the 'active' state. Current state is deleted.",
                this::createRun);
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No Experiment with id=" + experimentId + " exists",
                () -> store.deleteExperiment(experimentId));

        store.restoreExperiment(experimentId);
        assertThat(store.getExperiment(experimentId).lifecycleStage()).isEqualTo(LifecycleStage.ACTIVE);
        assertThat(store.getRun(runId).info().lifecycleStage()).isEqualTo(LifecycleStage.ACTIVE);
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No Experiment with id=" + experimentId + " exists",
                () -> store.restoreExperiment(experimentId));
    }

    @Test
    void experimentsAreListedPageByPageTheNewestFirst() {
        List<String> ids = new ArrayList<>(List.of(experimentId));
        for (int i = 0; i < 3; i++) {
            ids.add(store.createExperiment(unique("listed"), null, Map.of()));
        }
        store.deleteExperiment(ids.get(2));

        List<Experiment> all = new ArrayList<>();
        String token = null;
        do {
            Page<Experiment> page = store.searchExperiments(
                    SearchExperiments.active().withMaxResults(2).withPageToken(token));
            assertThat(page.items()).hasSizeBetween(1, 2);
            all.addAll(page.items());
            token = page.nextPageToken();
        } while (token != null);
        assertThat(all)
                .extracting(Experiment::experimentId)
                .contains(ids.get(0), ids.get(1), ids.get(3))
                .doesNotContain(ids.get(2))
                .doesNotHaveDuplicates();
        assertThat(all).extracting(experiment -> -experiment.creationTime()).isSorted();
        assertThat(store.searchExperiments(SearchExperiments.active().withView(ViewType.DELETED_ONLY))
                        .items())
                .extracting(Experiment::experimentId)
                .contains(ids.get(2))
                .doesNotContain(ids.get(0));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "max_results",
                () -> store.searchExperiments(SearchExperiments.active().withMaxResults(60_000)));
    }

    // ---- runs ----

    @Test
    void aNewRunIsRunning() {
        Run run = store.createRun(
                new CreateRun(experimentId, "first", "alice", START, Map.of("k", "v", MlflowTags.USER, "alice")));

        RunInfo info = run.info();
        assertThat(info.runId()).matches("[0-9a-f]{32}");
        assertThat(info.runName()).isEqualTo("first");
        assertThat(info.experimentId()).isEqualTo(experimentId);
        assertThat(info.userId()).isEqualTo("alice");
        assertThat(info.status()).isEqualTo(RunStatus.RUNNING);
        assertThat(info.startTime()).isEqualTo(START);
        assertThat(info.endTime()).isNull();
        assertThat(info.lifecycleStage()).isEqualTo(LifecycleStage.ACTIVE);
        assertThat(info.artifactUri())
                .isEqualTo(store.getExperiment(experimentId).artifactLocation() + "/" + info.runId() + "/artifacts");
        assertThat(run.data().tags())
                .containsOnly(
                        Map.entry("k", "v"),
                        Map.entry(MlflowTags.USER, "alice"),
                        Map.entry(MlflowTags.RUN_NAME, "first"));
        assertThat(store.getRun(info.runId()).info()).isEqualTo(info);
    }

    @Test
    void aRunWithoutANameIsGivenOne() {
        Run run = store.createRun(new CreateRun(experimentId, null, null, START, Map.of()));

        assertThat(run.info().runName()).matches("[a-z]+-[a-z]+-\\d{1,4}").hasSizeLessThanOrEqualTo(20);
        assertThat(run.data().tags())
                .containsEntry(MlflowTags.RUN_NAME, run.info().runName());
    }

    @Test
    void aRunTakesItsNameFromTheTag() {
        Run run =
                store.createRun(new CreateRun(experimentId, null, null, START, Map.of(MlflowTags.RUN_NAME, "tagged")));

        assertThat(run.info().runName()).isEqualTo("tagged");
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values"
                        + " (run_name='x', mlflow.runName='y').",
                () -> store.createRun(new CreateRun(experimentId, "x", null, START, Map.of(MlflowTags.RUN_NAME, "y"))));
    }

    @Test
    void updatingARunChangesOnlyWhatIsGiven() {
        String runId = createRun();

        RunInfo finished = store.updateRun(runId, RunStatus.FINISHED, START + 5, null);
        assertThat(finished.status()).isEqualTo(RunStatus.FINISHED);
        assertThat(finished.endTime()).isEqualTo(START + 5);
        assertThat(finished.runName()).isEqualTo("a run");

        store.updateRun(runId, null, null, "renamed");
        Run run = store.getRun(runId);
        assertThat(run.info().runName()).isEqualTo("renamed");
        assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(run.info().endTime()).isEqualTo(START + 5);
        assertThat(run.data().tags()).containsEntry(MlflowTags.RUN_NAME, "renamed");
    }

    @Test
    void theTagWithTheRunsNameRenamesTheRun() {
        String runId = createRun();

        store.setTag(runId, new Tag(MlflowTags.RUN_NAME, "by tag"));
        assertThat(store.getRun(runId).info().runName()).isEqualTo("by tag");

        store.logBatch(runId, List.of(), List.of(), List.of(new Tag(MlflowTags.RUN_NAME, "by batch")));
        assertThat(store.getRun(runId).info().runName()).isEqualTo("by batch");
        assertThat(store.getRun(runId).data().tags()).containsEntry(MlflowTags.RUN_NAME, "by batch");
    }

    @Test
    void anUnknownRunIsRefused() {
        String unknown = "0".repeat(32);
        String message = "Run with id=" + unknown + " not found";

        assertRefused(ErrorCode.RESOURCE_DOES_NOT_EXIST, message, () -> store.getRun(unknown));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                message,
                () -> store.logBatch(unknown, List.of(new Metric("m", 1, START, 0)), List.of(), List.of()));
        assertRefused(ErrorCode.RESOURCE_DOES_NOT_EXIST, message, () -> store.setTag(unknown, new Tag("k", "v")));
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                message,
                () -> store.updateRun(unknown, RunStatus.FAILED, null, null));
        assertRefused(ErrorCode.RESOURCE_DOES_NOT_EXIST, message, () -> store.deleteRun(unknown));
    }

    @Test
    void aDeletedRunTakesNothingMoreUntilItIsRestored() {
        String runId = createRun();
        store.deleteRun(runId);

        assertThat(store.getRun(runId).info().lifecycleStage()).isEqualTo(LifecycleStage.DELETED);
        String message = "The run " + runId + " must be in the 'active' state. Current state is deleted.";
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                message,
                () -> store.logBatch(runId, List.of(new Metric("m", 1, START, 0)), List.of(), List.of()));
        assertRefused(ErrorCode.INVALID_PARAMETER_VALUE, message, () -> store.setTag(runId, new Tag("k", "v")));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE, message, () -> store.updateRun(runId, RunStatus.FAILED, null, null));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                message,
                () -> store.logInputs(runId, List.of(new DatasetInput(dataset("d", "1"), Map.of()))));

        store.restoreRun(runId);
        store.setTag(runId, new Tag("k", "v"));
        assertThat(store.getRun(runId).data().tags()).containsEntry("k", "v");
    }

    @Test
    void aFinishedRunStillTakesMetrics() {
        String runId = createRun();
        store.updateRun(runId, RunStatus.FINISHED, START, null);

        store.logBatch(runId, List.of(new Metric("late", 1, START, 0)), List.of(), List.of());

        assertThat(store.getRun(runId).data().metric("late")).isPresent();
    }

    @Test
    void runsAreListedPageByPageTheLatestStartFirst() {
        List<String> ids = IntStream.range(0, 5)
                .mapToObj(i -> createRun(START + i).info().runId())
                .toList();
        store.logBatch(
                ids.get(4),
                List.of(new Metric("m", 0.5, START, 1)),
                List.of(new Param("p", "1")),
                List.of(new Tag("t", "x")));
        store.logInputs(ids.get(4), List.of(new DatasetInput(dataset("d", "1"), Map.of())));
        store.deleteRun(ids.get(2));

        Page<Run> first = store.searchRuns(SearchRuns.in(experimentId).withMaxResults(2));
        assertThat(first.items()).extracting(run -> run.info().runId()).containsExactly(ids.get(4), ids.get(3));
        Run newest = first.items().get(0);
        assertThat(newest.data().metric("m")).get().extracting(Metric::value).isEqualTo(0.5);
        assertThat(newest.data().params()).containsEntry("p", "1");
        assertThat(newest.data().tags()).containsEntry("t", "x");
        assertThat(newest.inputs()).hasSize(1);

        Page<Run> second =
                store.searchRuns(SearchRuns.in(experimentId).withMaxResults(2).withPageToken(first.nextPageToken()));
        assertThat(second.items()).extracting(run -> run.info().runId()).containsExactly(ids.get(1), ids.get(0));
        assertThat(second.nextPageToken()).isNull();
        assertThat(store.searchRuns(SearchRuns.in(experimentId).withView(ViewType.DELETED_ONLY))
                        .items())
                .extracting(run -> run.info().runId())
                .containsExactly(ids.get(2));
        assertThat(store.searchRuns(SearchRuns.in(experimentId).withView(ViewType.ALL))
                        .items())
                .hasSize(5);
    }

    @Test
    void aBrokenPageTokenIsRefused() {
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid page token",
                () -> store.searchExperiments(SearchExperiments.active().withPageToken("bogus")));
    }

    // ---- metrics, params, tags ----

    @Test
    void theLatestPointIsTheOneOfTheHighestStepThenTimeThenValue() {
        String runId = createRun();
        store.logBatch(
                runId,
                List.of(
                        new Metric("m", 3, START + 9, 1),
                        new Metric("m", 1, START, 2),
                        new Metric("m", 2, START, 2),
                        new Metric("n", 7, START, -1)),
                List.of(),
                List.of());
        assertThat(store.getRun(runId).data().metric("m")).contains(new Metric("m", 2, START, 2));

        store.logBatch(runId, List.of(new Metric("m", 9, START + 99, 1)), List.of(), List.of());
        assertThat(store.getRun(runId).data().metric("m")).contains(new Metric("m", 2, START, 2));

        store.logBatch(runId, List.of(new Metric("m", -4, START + 1, 2)), List.of(), List.of());
        assertThat(store.getRun(runId).data().metric("m")).contains(new Metric("m", -4, START + 1, 2));
        assertThat(store.getRun(runId).data().metric("n")).contains(new Metric("n", 7, START, -1));
    }

    @Test
    void asManyPointsAsAStoreTakesTogetherAreAllKeptOrNone() {
        String runId = createRun();
        List<Metric> points = new ArrayList<>();
        for (int i = 0; i < store.maxItemsTogether(); i++) {
            points.add(new Metric("m", i, START + i, i));
        }
        store.logTogether(runId, points, List.of(), List.of());
        assertThat(store.getMetricHistory(runId, "m", 50_000, null).items()).isEqualTo(points);
        assertThat(store.getRun(runId).data().metric("m")).contains(points.get(points.size() - 1));

        List<Metric> oneIsBad = new ArrayList<>();
        points.forEach(point -> oneIsBad.add(new Metric("n", point.value(), point.timestamp(), point.step())));
        oneIsBad.set(points.size() - 1, new Metric("n", 0, -1, 0));
        assertThatThrownBy(() -> store.logTogether(runId, oneIsBad, List.of(), List.of()))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("Timestamp must be a nonnegative long");
        assertThat(store.getMetricHistory(runId, "n", 50_000, null).items()).isEmpty();
    }

    @Test
    void aPointThatIsLoggedTwiceIsKeptOnce() {
        String runId = createRun();
        Metric point = new Metric("m", 1, START, 0);

        store.logBatch(runId, List.of(point, point), List.of(), List.of());
        store.logBatch(runId, List.of(point, new Metric("m", 2, START, 0)), List.of(), List.of());

        assertThat(store.getMetricHistory(runId, "m", 10, null).items())
                .containsExactly(point, new Metric("m", 2, START, 0));
    }

    @Test
    void notANumberAndTheInfinitiesAreKeptAsFarAsTheyGo() {
        String runId = createRun();
        store.logBatch(
                runId,
                List.of(
                        new Metric("nan", Double.NaN, START, 0),
                        new Metric("nan", Double.NaN, START, 0),
                        new Metric("up", Double.POSITIVE_INFINITY, START, 0),
                        new Metric("down", Double.NEGATIVE_INFINITY, START, 0)),
                List.of(),
                List.of());

        Run run = store.getRun(runId);
        assertThat(run.data().metric("nan")).get().extracting(Metric::value).isEqualTo(Double.NaN);
        assertThat(run.data().metric("up")).get().extracting(Metric::value).isEqualTo(Double.MAX_VALUE);
        assertThat(run.data().metric("down")).get().extracting(Metric::value).isEqualTo(-Double.MAX_VALUE);
        assertThat(store.getMetricHistory(runId, "nan", 10, null).items()).hasSize(1);
    }

    @Test
    void aMetricsHistoryComesPageByPage() {
        String runId = createRun();
        List<Metric> points = IntStream.range(0, 5)
                .mapToObj(i -> new Metric("loss", 1.0 / (i + 1), START + i, i))
                .toList();
        store.logBatch(runId, points, List.of(), List.of());

        Page<Metric> first = store.getMetricHistory(runId, "loss", 3, null);
        assertThat(first.items()).containsExactlyElementsOf(points.subList(0, 3));
        Page<Metric> second = store.getMetricHistory(runId, "loss", 3, first.nextPageToken());
        assertThat(second.items()).containsExactlyElementsOf(points.subList(3, 5));
        assertThat(second.nextPageToken()).isNull();
        assertThat(store.getMetricHistory(runId, "no such", 3, null).items()).isEmpty();
    }

    @Test
    void aParamIsWrittenOnce() {
        String runId = createRun();
        store.logBatch(runId, List.of(), List.of(new Param("a", "1")), List.of());
        store.logBatch(runId, List.of(), List.of(new Param("a", "1"), new Param("b", "2")), List.of());

        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Changing param values is not allowed. Params were already logged='[{'key': 'a', 'old_value': '1',"
                        + " 'new_value': 'CHANGED'}]' for run ID='" + runId + "'.",
                () -> store.logBatch(
                        runId, List.of(), List.of(new Param("a", "CHANGED"), new Param("c", "3")), List.of()));
        assertThat(store.getRun(runId).data().params()).containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
    }

    @Test
    void aBatchWithABadItemLeavesNothing() {
        String runId = createRun();

        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "for parameter 'metrics[1].name' supplied: Names may only contain alphanumerics",
                () -> store.logBatch(
                        runId,
                        List.of(new Metric("good", 1, START, 0), new Metric("bad#name", 1, START, 0)),
                        List.of(new Param("p", "1")),
                        List.of(new Tag("t", "1"))));

        assertThat(store.getRun(runId).data().metrics()).isEmpty();
        assertThat(store.getRun(runId).data().params()).isEmpty();
        assertThat(store.getRun(runId).data().tags()).doesNotContainKey("t");
    }

    @Test
    void keysThatCouldLeaveAFolderAreRefused() {
        String runId = createRun();

        for (String key : List.of("../x", "/x", "a//b", "a/../b", ".")) {
            assertRefused(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "must not resolve to other names",
                    () -> store.logBatch(runId, List.of(), List.of(new Param(key, "1")), List.of()));
        }
        store.logBatch(runId, List.of(), List.of(new Param("spark.sql/x y:z-1_ä", "1")), List.of());
        assertThat(store.getRun(runId).data().params()).containsOnlyKeys("spark.sql/x y:z-1_ä");
    }

    @Test
    void tooLongAKeyIsRefused() {
        String runId = createRun();

        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "exceeds the maximum length of 250 characters",
                () -> store.logBatch(runId, List.of(), List.of(new Param("k".repeat(251), "1")), List.of()));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "exceeds the maximum length of 250 characters",
                () -> store.setTag(runId, new Tag("k".repeat(251), "1")));
    }

    @Test
    void longValuesAreCut() {
        String runId = createRun();
        store.logBatch(
                runId, List.of(), List.of(new Param("p", "p".repeat(6001))), List.of(new Tag("t", "t".repeat(8001))));

        assertThat(store.getRun(runId).data().params().get("p")).hasSize(6000);
        assertThat(store.getRun(runId).data().tags().get("t")).hasSize(8000);
    }

    @Test
    void tooLargeABatchIsRefused() {
        String runId = createRun();
        List<Metric> metrics = IntStream.range(0, 1001)
                .mapToObj(i -> new Metric("m", i, START, i))
                .toList();
        List<Param> params =
                IntStream.range(0, 101).mapToObj(i -> new Param("p" + i, "1")).toList();

        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please split up metrics"
                        + " across multiple requests and try again.",
                () -> store.logBatch(runId, metrics, List.of(), List.of()));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "A batch logging request can contain at most 100 params. Got 101 params.",
                () -> store.logBatch(runId, List.of(), params, List.of()));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "at most 1000 metrics, params, and tags. Got 1001",
                () -> store.logBatch(runId, metrics.subList(0, 1000), params.subList(0, 1), List.of()));
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Duplicate parameter keys have been submitted: ['z'].",
                () -> store.logBatch(runId, List.of(), List.of(new Param("z", "1"), new Param("z", "1")), List.of()));

        store.logBatch(runId, metrics.subList(0, 1000), List.of(), List.of());
        assertThat(store.getRun(runId).data().metric("m"))
                .get()
                .extracting(Metric::step)
                .isEqualTo(999L);
    }

    @Test
    void aNegativeTimeIsRefused() {
        String runId = createRun();

        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Timestamp must be a nonnegative long",
                () -> store.logBatch(runId, List.of(new Metric("m", 1, -1, 0)), List.of(), List.of()));
    }

    @Test
    void aTagIsOverwrittenAndDeleted() {
        String runId = createRun();
        store.setTag(runId, new Tag("k", "1"));
        store.setTag(runId, new Tag("k", "2"));
        assertThat(store.getRun(runId).data().tags()).containsEntry("k", "2");

        store.deleteTag(runId, "k");
        assertThat(store.getRun(runId).data().tags()).doesNotContainKey("k");
        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "No tag with name: k in run with id " + runId,
                () -> store.deleteTag(runId, "k"));
    }

    // ---- datasets and models ----

    @Test
    void datasetsOfARunComeBackWithTheirTags() {
        String runId = createRun();
        Dataset train = dataset("train", "0a");
        Dataset other = new Dataset("other", "0b", "code", "{}", null, null);
        store.logInputs(
                runId,
                List.of(
                        new DatasetInput(train, Map.of(MlflowTags.DATASET_CONTEXT, "train", "k", "v")),
                        new DatasetInput(other, Map.of())));
        store.logInputs(runId, List.of(new DatasetInput(train, Map.of(MlflowTags.DATASET_CONTEXT, "eval"))));

        assertThat(store.getRun(runId).inputs())
                .containsExactlyInAnyOrder(
                        new DatasetInput(train, Map.of(MlflowTags.DATASET_CONTEXT, "train", "k", "v")),
                        new DatasetInput(other, Map.of()));

        String second = createRun();
        store.logInputs(second, List.of(new DatasetInput(train, Map.of(MlflowTags.DATASET_CONTEXT, "read"))));
        assertThat(store.getRun(second).inputs())
                .containsExactly(new DatasetInput(train, Map.of(MlflowTags.DATASET_CONTEXT, "read")));
    }

    @Test
    void tooLongADatasetNameIsRefused() {
        String runId = createRun();

        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "'name' exceeds the maximum length of 500 characters",
                () -> store.logInputs(runId, List.of(new DatasetInput(dataset("n".repeat(501), "1"), Map.of()))));
    }

    @Test
    void modelsARunProducedComeBackWithTheirSteps() {
        String runId = createRun();
        LoggedModel model = store.createLoggedModel(loggedModel("out", runId));

        store.logOutputs(runId, List.of(new ModelOutput(model.modelId(), 3)));

        assertThat(store.getRun(runId).outputs()).containsExactly(new ModelOutput(model.modelId(), 3));
    }

    @Test
    void aLoggedModelGoesFromPendingToReady() {
        String runId = createRun();
        LoggedModel created = store.createLoggedModel(loggedModel("mine", runId));

        assertThat(created.modelId()).matches("m-[0-9a-f]{32}");
        assertThat(created.experimentId()).isEqualTo(experimentId);
        assertThat(created.name()).isEqualTo("mine");
        assertThat(created.status()).isEqualTo(LoggedModelStatus.PENDING);
        assertThat(created.modelType()).isEqualTo("classifier");
        assertThat(created.sourceRunId()).isEqualTo(runId);
        assertThat(created.params()).containsOnly(Map.entry("depth", "3"));
        assertThat(created.tags()).containsEntry("stage", "test");
        assertThat(created.artifactUri())
                .isEqualTo(store.getExperiment(experimentId).artifactLocation() + "/models/" + created.modelId()
                        + "/artifacts");

        assertThat(store.finalizeLoggedModel(created.modelId(), LoggedModelStatus.READY)
                        .status())
                .isEqualTo(LoggedModelStatus.READY);
        store.setLoggedModelTags(created.modelId(), List.of(new Tag("stage", "prod"), new Tag("more", "1")));
        store.logLoggedModelParams(created.modelId(), List.of(new Param("width", "4")));

        LoggedModel ready = store.getLoggedModel(created.modelId());
        assertThat(ready.status()).isEqualTo(LoggedModelStatus.READY);
        assertThat(ready.tags()).containsEntry("stage", "prod").containsEntry("more", "1");
        assertThat(ready.params()).containsOnly(Map.entry("depth", "3"), Map.entry("width", "4"));
    }

    @Test
    void aModelHasAnyNumberOfParamsWhichMayBeLoggedAgain() {
        Map<String, String> params = new HashMap<>();
        IntStream.range(0, 250).forEach(i -> params.put("p" + i, "v" + i));
        LoggedModel created =
                store.createLoggedModel(new CreateLoggedModel(experimentId, "wide", null, null, params, Map.of()));
        assertThat(created.params()).isEqualTo(params);

        List<Param> more = IntStream.range(200, 450)
                .mapToObj(i -> new Param("p" + i, "v" + i))
                .toList();
        store.logLoggedModelParams(created.modelId(), more);
        assertThat(store.getLoggedModel(created.modelId()).params()).hasSize(450);
        assertThatThrownBy(() -> store.logLoggedModelParams(created.modelId(), List.of(new Param("p1", "other"))))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("already logged with value='v1'");
    }

    @Test
    void aModelsMetricIsKeptWithTheRunAndWithTheModel() {
        String runId = createRun();
        String modelId = store.createLoggedModel(loggedModel("measured", runId)).modelId();

        store.logBatch(
                runId,
                List.of(new Metric("auc", 0.9, START, 1, modelId, "train", "0a"), new Metric("plain", 1, START, 1)),
                List.of(),
                List.of());

        assertThat(store.getRun(runId).data().metric("auc"))
                .get()
                .extracting(Metric::value)
                .isEqualTo(0.9);
        assertThat(store.getLoggedModel(modelId).metrics())
                .extracting(Metric::key, Metric::value, Metric::step, Metric::datasetName, Metric::datasetDigest)
                .containsExactly(tuple("auc", 0.9, 1L, "train", "0a"));
    }

    @Test
    void modelsARunUsedComeBackOnce() {
        String runId = createRun();
        String modelId = store.createLoggedModel(loggedModel("used", null)).modelId();
        String other = store.createLoggedModel(loggedModel("other", null)).modelId();
        Dataset train = dataset("train", "0a");

        store.logInputs(
                runId,
                List.of(new DatasetInput(train, Map.of())),
                List.of(new ModelInput(modelId), new ModelInput(other)));
        store.logInputs(runId, List.of(), List.of(new ModelInput(modelId)));

        assertThat(store.getRun(runId).modelInputs())
                .containsExactlyInAnyOrder(new ModelInput(modelId), new ModelInput(other));
        assertThat(store.getRun(runId).inputs()).containsExactly(new DatasetInput(train, Map.of()));
        assertThat(store.getRun(runId).outputs()).isEmpty();
    }

    @Test
    void aMetricOfAModelThatItsRunProducedIsFoundWithTheModel() {
        String runId = createRun();
        String modelId = store.createLoggedModel(loggedModel("produced", runId)).modelId();
        String elsewhere = createRun();
        store.logOutputs(runId, List.of(new ModelOutput(modelId, 4)));

        store.logBatch(runId, List.of(new Metric("auc", 0.9, START, 4, modelId, null, null)), List.of(), List.of());
        store.logBatch(elsewhere, List.of(new Metric("f1", 0.8, START, 0, modelId, null, null)), List.of(), List.of());

        assertThat(store.getLoggedModel(modelId).metrics())
                .extracting(Metric::key, Metric::value, Metric::step, Metric::modelId)
                .containsExactlyInAnyOrder(tuple("auc", 0.9, 4L, modelId), tuple("f1", 0.8, 0L, modelId));
        assertThat(store.searchLoggedModels(SearchLoggedModels.in(experimentId).withFilter("metrics.auc > 0.85"))
                        .items())
                .extracting(LoggedModel::modelId)
                .contains(modelId);
    }

    @Test
    void aDeletedLoggedModelIsGone() {
        String modelId = store.createLoggedModel(loggedModel("gone", null)).modelId();
        store.deleteLoggedModel(modelId);

        assertRefused(
                ErrorCode.RESOURCE_DOES_NOT_EXIST,
                "Logged model with ID '" + modelId + "' not found.",
                () -> store.getLoggedModel(modelId));
    }

    @Test
    void badLoggedModelNamesAreRefused() {
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Invalid model name ('bad/name:1') provided.",
                () -> store.createLoggedModel(loggedModel("bad/name:1", null)));
    }

    @Test
    void recordedModelsAddUpInTheHistoryTag() {
        String runId = createRun();
        String info = "{\"run_id\": \"" + runId + "\", \"artifact_path\": \"%s\", \"utc_time_created\":"
                + " \"2026-11-23 10:00:00\", \"model_uuid\": \"u\", \"flavors\": {\"spark\": {\"model_data\": \"sparkml\"}}}";

        store.recordModel(runId, String.format(info, "first"));
        store.recordModel(runId, String.format(info, "second"));

        assertThat(store.getRun(runId).data().tags().get(MlflowTags.LOGGED_MODELS))
                .startsWith("[{")
                .contains("first", "second", "sparkml")
                .endsWith("}]");
        assertRefused(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "Model json is missing mandatory fields",
                () -> store.recordModel(runId, "{\"run_id\": \"x\"}"));
    }

    private CreateLoggedModel loggedModel(String name, String runId) {
        return new CreateLoggedModel(
                experimentId, name, "classifier", runId, Map.of("depth", "3"), Map.of("stage", "test"));
    }

    private static Dataset dataset(String name, String digest) {
        return new Dataset(
                name,
                digest,
                "local",
                "{\"uri\": \"/data/iris.csv\"}",
                "{\"mlflow_colspec\": []}",
                "{\"approx_count\": 150}");
    }
}
