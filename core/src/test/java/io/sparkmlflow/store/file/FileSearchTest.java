package io.sparkmlflow.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.ViewType;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.DatasetFilter;
import io.sparkmlflow.store.LoggedModelOrder;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file store that MLflow wrote, and an SQLite store with the same content, find the same in the same order. */
class FileSearchTest {
    private static TrackingStore files;
    private static ModelRegistry fileRegistry;
    private static TrackingStore sql;
    private static ModelRegistry sqlRegistry;
    private static String sqlExperiment;

    static Path fixture() {
        try {
            return Path.of(FileSearchTest.class.getResource("filestore").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeAll
    static void copyToSqlite(@TempDir Path folder) {
        files = FileStores.openTracking(fixture().toString());
        fileRegistry = FileStores.openRegistry(fixture().toUri().toString());
        String uri = "sqlite:///" + folder.resolve("mlflow.db");
        sql = SqlStores.openTracking(uri, folder.toString());
        sqlRegistry = SqlStores.openRegistry(uri);
        sqlExperiment = sql.createExperiment("copy", null, Map.of());
        Map<String, String> runs = copyRuns();
        copyModels(runs);
        copyRegistry();
    }

    @AfterAll
    static void close() {
        sql.close();
        sqlRegistry.close();
    }

    private static Map<String, String> copyRuns() {
        Map<String, String> ids = new TreeMap<>();
        for (Run run :
                files.searchRuns(SearchRuns.in("1").withView(ViewType.ALL)).items()) {
            String id = sql.createRun(new CreateRun(
                            sqlExperiment,
                            run.info().runName(),
                            run.info().userId(),
                            run.info().startTime(),
                            run.data().tags()))
                    .info()
                    .runId();
            ids.put(run.info().runId(), id);
            for (Metric latest : run.data().metrics()) {
                sql.logBatch(
                        id,
                        files.getMetricHistory(run.info().runId(), latest.key(), 1000, null)
                                .items(),
                        List.of(),
                        List.of());
            }
            List<Param> params = run.data().params().entrySet().stream()
                    .map(param -> new Param(param.getKey(), param.getValue()))
                    .toList();
            sql.logBatch(id, List.of(), params, List.of());
            sql.logInputs(id, run.inputs());
            sql.updateRun(id, run.info().status(), run.info().endTime(), null);
            if (run.info().lifecycleStage() == LifecycleStage.DELETED) {
                sql.deleteRun(id);
            }
        }
        return ids;
    }

    private static void copyModels(Map<String, String> runs) {
        List<LoggedModel> models = new ArrayList<>(
                files.searchLoggedModels(SearchLoggedModels.in("1")).items());
        models.sort(Comparator.comparingLong(LoggedModel::creationTimestamp));
        for (LoggedModel model : models) {
            long before = System.currentTimeMillis();
            while (System.currentTimeMillis() <= before) {
                Thread.onSpinWait();
            }
            String id = sql.createLoggedModel(new CreateLoggedModel(
                            sqlExperiment,
                            model.name(),
                            model.modelType(),
                            runs.get(model.sourceRunId() == null ? "" : model.sourceRunId()),
                            model.params(),
                            model.tags()))
                    .modelId();
            List<Metric> metrics = model.metrics().stream()
                    .map(metric -> new Metric(
                            metric.key(),
                            metric.value(),
                            metric.timestamp(),
                            metric.step(),
                            id,
                            metric.datasetName(),
                            metric.datasetDigest()))
                    .toList();
            String run = sql.createRun(new CreateRun("0", "of the metrics", null, 0, Map.of()))
                    .info()
                    .runId();
            sql.logBatch(run, metrics, List.of(), List.of());
        }
    }

    private static void copyRegistry() {
        for (String name : List.of("reg", "red", "prompt")) {
            RegisteredModel model = fileRegistry.findRegisteredModel(name).orElseThrow();
            sqlRegistry.createRegisteredModel(name, model.description(), model.tags());
        }
        // The third was deleted.
        for (int version = 1; version <= 3; version++) {
            boolean deleted = version == 3;
            ModelVersion original = fileRegistry.getModelVersion("reg", deleted ? 1 : version);
            sqlRegistry.createModelVersion(new CreateModelVersion(
                    "reg", "/files/" + version, original.runId(), null, null, null, original.tags()));
        }
        sqlRegistry.deleteModelVersion("reg", 3);
        for (String name : List.of("red", "prompt")) {
            ModelVersion original = fileRegistry.getModelVersion(name, 1);
            sqlRegistry.createModelVersion(
                    new CreateModelVersion(name, "/files", null, null, null, null, original.tags()));
        }
    }

    // ---- runs ----

    private static List<String> names(TrackingStore store, SearchRuns request) {
        List<String> names = new ArrayList<>();
        Page<Run> page = store.searchRuns(request.withMaxResults(2));
        while (true) {
            page.items().forEach(run -> names.add(run.info().runName()));
            if (page.nextPageToken() == null) {
                return names;
            }
            page = store.searchRuns(request.withMaxResults(2).withPageToken(page.nextPageToken()));
        }
    }

    private static void assertSameRuns(String filter, ViewType view, String... orderBy) {
        SearchRuns ours = SearchRuns.in("1").withFilter(filter).withView(view).withOrderBy(orderBy);
        SearchRuns same =
                SearchRuns.in(sqlExperiment).withFilter(filter).withView(view).withOrderBy(orderBy);
        assertThat(names(files, ours)).as(filter).isEqualTo(names(sql, same));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "metrics.loss < 0.4",
                "metrics.loss >= 0.25 and metrics.loss != 0.3",
                "metrics.loss = 0.25",
                "metrics.odd = 0",
                "metrics.odd >= 0",
                "metrics.odd != 1",
                "metrics.odd <= -1e300",
                "metrics.tiny > 0",
                "metrics.`val/auc` = 0.95",
                "metrics.nobody != 1",
                "params.depth = '3'",
                "params.depth != '3'",
                "params.depth LIKE '1_'",
                "params.depth IS NULL",
                "params.digest IS NOT NULL",
                "params.lines LIKE '%third%'",
                "tags.team = 'red'",
                "tags.team != 'red'",
                "tags.team ILIKE 'RED'",
                "tags.team LIKE 'R%'",
                "tags.team LIKE '%e%'",
                "tags.team LIKE '_ed'",
                "tags.team LIKE ''",
                "tags.team IS NULL",
                "tags.`a/b` LIKE 'x%'",
                "status = 'FINISHED'",
                "status != 'FINISHED' AND user_id = 'alice'",
                "start_time > 1700000000001",
                "start_time > 1700000000001.5",
                "start_time = 1700000000001",
                "end_time > 0",
                "end_time != 1700000000500",
                "run_name LIKE 't%'",
                "run_name = '1e5'",
                "datasets.name = 'train'",
                "datasets.name != 'train'",
                "dataset.digest IN ('0b', '12e45678')",
                "datasets.name NOT IN ('test')",
                "datasets.context LIKE 'train%'",
                "datasets.context != 'x'"
            })
    void runsAreTheSame(String filter) {
        assertSameRuns(filter, ViewType.ACTIVE_ONLY);
        assertSameRuns(filter, ViewType.ALL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "metrics.loss",
                "metrics.loss DESC",
                "metrics.odd ASC",
                "metrics.odd DESC",
                "params.depth ASC",
                "params.depth DESC",
                "tags.team ASC",
                "tags.team DESC",
                "start_time ASC",
                "run_name",
                "run_name DESC",
                "end_time ASC",
                "end_time DESC",
                "status DESC",
                "user_id"
            })
    void runsComeInTheSameOrder(String orderBy) {
        assertSameRuns("", ViewType.ACTIVE_ONLY, orderBy);
        assertSameRuns("", ViewType.ALL, orderBy, "tags.nobody ASC");
        assertSameRuns("", ViewType.DELETED_ONLY, orderBy);
    }

    @Test
    void badRequestsAreRefusedInTheSameWords() {
        List<SearchRuns> bad = List.of(
                SearchRuns.in("1").withFilter("bogus"),
                SearchRuns.in("1").withOrderBy("start_time up"),
                SearchRuns.in("1").withOrderBy("start_time", "start_time DESC"),
                SearchRuns.in("1").withMaxResults(0),
                SearchRuns.in("1").withMaxResults(50_001),
                SearchRuns.in("1").withPageToken("bogus"));
        for (SearchRuns request : bad) {
            assertThatThrownBy(() -> files.searchRuns(request))
                    .isInstanceOf(MlflowException.class)
                    .hasMessage(messageOf(() -> sql.searchRuns(request)));
        }
        assertThat(files.searchRuns(SearchRuns.in()).items()).isEmpty();
        assertThat(files.searchRuns(SearchRuns.in("99999999")).items()).isEmpty();
    }

    private static String messageOf(Runnable call) {
        try {
            call.run();
        } catch (MlflowException e) {
            return e.getMessage();
        }
        throw new AssertionError("SQLite takes it");
    }

    // ---- logged models ----

    private static List<String> models(TrackingStore store, SearchLoggedModels request) {
        Page<LoggedModel> first = store.searchLoggedModels(request.withMaxResults(2));
        List<LoggedModel> models = new ArrayList<>(first.items());
        if (first.nextPageToken() != null) {
            models.addAll(store.searchLoggedModels(request.withMaxResults(2).withPageToken(first.nextPageToken()))
                    .items());
        }
        return models.stream().map(LoggedModel::name).toList();
    }

    @Test
    void loggedModelsAreTheSame() {
        for (String filter : List.of(
                "",
                "name = 'first'",
                "name != 'first'",
                "name IN ('first', 'third')",
                "model_type LIKE 'tr%'",
                "params.p = 1",
                "params.p != '1'",
                "tags.t ILIKE 'X'",
                "tags.t NOT IN ('y')",
                "metrics.auc > 0.8",
                "metrics.auc > 0.8 AND metrics.auc < 0.6",
                "metrics.auc != 0.9",
                "creation_timestamp > 1600000000000",
                "source_run_id != 'x'")) {
            for (List<DatasetFilter> datasets : List.of(
                    List.<DatasetFilter>of(),
                    List.of(new DatasetFilter("train", null)),
                    List.of(new DatasetFilter("train", "x"), new DatasetFilter("test", null)))) {
                for (LoggedModelOrder order : List.of(
                        new LoggedModelOrder("metrics.auc", true),
                        new LoggedModelOrder("metrics.auc", false, new DatasetFilter("train", "12e45678")),
                        new LoggedModelOrder("name", false),
                        new LoggedModelOrder("creation_time", true))) {
                    SearchLoggedModels ours = SearchLoggedModels.in("1").withFilter(filter);
                    ours = ours.withDatasets(datasets.toArray(DatasetFilter[]::new))
                            .withOrderBy(order);
                    SearchLoggedModels same =
                            SearchLoggedModels.in(sqlExperiment).withFilter(filter);
                    same = same.withDatasets(datasets.toArray(DatasetFilter[]::new))
                            .withOrderBy(order);
                    assertThat(models(files, ours)).as(ours.toString()).isEqualTo(models(sql, same));
                }
            }
        }
        assertThat(models(files, SearchLoggedModels.in("1")))
                .isEqualTo(models(sql, SearchLoggedModels.in(sqlExperiment)));
    }

    // ---- registry ----

    @Test
    void registeredModelsAreTheSame() {
        for (String filter : List.of(
                "",
                "name = 'reg'",
                "name LIKE 're%'",
                "name ILIKE 'RE_'",
                "name IN ('red', 'nobody')",
                "name != 'reg'",
                "tags.k = 'v'",
                "tags.k != 'w'",
                "tags.`mlflow.prompt.is_prompt` = 'true'",
                "tags.`mlflow.prompt.is_prompt` != 'true'",
                "tags.`mlflow.prompt.is_prompt` = 'false'")) {
            SearchRegisteredModels request =
                    SearchRegisteredModels.all().withFilter(filter).withOrderBy("name DESC");
            assertThat(fileRegistry.searchRegisteredModels(request).items())
                    .as(filter)
                    .extracting(RegisteredModel::name)
                    .isEqualTo(sqlRegistry.searchRegisteredModels(request).items().stream()
                            .map(RegisteredModel::name)
                            .toList());
        }
    }

    @Test
    void versionsAreTheSame() {
        for (String filter : List.of(
                "",
                "name = 'reg'",
                "version_number > 1",
                "version_number = '1'",
                "version_number != 1",
                "run_id != 'x'",
                "run_id IN ('x')",
                "tags.k = 'v'",
                "tags.k LIKE '%'",
                "source_path LIKE '%'",
                "tags.`mlflow.prompt.is_prompt` = 'true'")) {
            for (List<String> order : List.of(
                    List.of("name DESC", "version_number ASC"), List.of("name"), List.of("version_number DESC"))) {
                SearchModelVersions request =
                        SearchModelVersions.all().withFilter(filter).withOrderBy(order.toArray(String[]::new));
                assertThat(versions(fileRegistry, request))
                        .as(request.toString())
                        .isEqualTo(versions(sqlRegistry, request));
            }
        }
    }

    private static List<String> versions(ModelRegistry registry, SearchModelVersions request) {
        return registry.searchModelVersions(request).items().stream()
                .map(version -> version.name() + "/" + version.version())
                .toList();
    }

    @Test
    void textsThatLookLikeNumbersStayTexts() {
        Run run = files.searchRuns(SearchRuns.in("1").withFilter("run_name = 'one'"))
                .items()
                .get(0);
        assertThat(run.inputs().get(0).dataset().digest()).isEqualTo("12e45678");
        assertThat(run.data().params()).containsEntry("digest", "12e45678");
        assertThat(files.getExperiment("2").name()).isEqualTo("1e5");
    }
}
