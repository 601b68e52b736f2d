package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunData;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Table {@code runs}. */
final class RunsTable {
    private static final String COLUMNS =
            "run_uuid, name, experiment_id, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri";

    private RunsTable() {}

    /** Adds a run; what it runs is told by tags nowadays, so the columns for that hold what MLflow writes into them. */
    static void insert(Session session, RunInfo run) throws SQLException {
        session.update(
                "INSERT INTO runs (" + COLUMNS + ", deleted_time, source_type, source_name, entry_point_name,"
                        + " source_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 'UNKNOWN', '', '', '')",
                run.runId(),
                run.runName(),
                Long.valueOf(run.experimentId()),
                run.userId(),
                run.status().name(),
                run.startTime(),
                run.endTime(),
                run.lifecycleStage().wireName(),
                run.artifactUri());
    }

    static RunInfo getInfo(Session session, String runId) throws SQLException {
        return session.find("SELECT " + COLUMNS + " FROM runs WHERE run_uuid = ?", RunsTable::info, runId)
                .orElseThrow(() -> MlflowException.notFound("Run with id=" + runId + " not found"));
    }

    /** Lets nobody else lock the run until the transaction is over: for a change that depends on what was read. */
    static void lock(Session session, String runId) throws SQLException {
        session.lock("SELECT run_uuid FROM runs WHERE run_uuid = ?", runId);
    }

    /** Returns a run that is not deleted, for one who wants to write to it. */
    static RunInfo getActive(Session session, String runId) throws SQLException {
        RunInfo run = getInfo(session, runId);
        if (run.lifecycleStage() != LifecycleStage.ACTIVE) {
            throw MlflowException.invalidParameter(
                    "The run " + runId + " must be in the 'active' state. Current state is "
                            + run.lifecycleStage().wireName() + ".");
        }
        return run;
    }

    static Run get(Session session, String runId) throws SQLException {
        return complete(session, List.of(getInfo(session, runId))).get(0);
    }

    static List<Run> search(Session session, RunSearch search, long offset, int limit) throws SQLException {
        List<RunInfo> infos = session.list(
                "SELECT r." + COLUMNS.replace(", ", ", r.") + " FROM runs r"
                        + search.ordering().joins() + search.conditions().where()
                        + search.ordering().orderBy() + " LIMIT ? OFFSET ?",
                RunsTable::info,
                search.conditions().arguments(search.ordering().joinArguments(), limit, offset));
        return complete(session, infos);
    }

    /** Changes the columns whose new value is given. */
    static void update(Session session, String runId, RunStatus status, Long endTime, String runName)
            throws SQLException {
        session.update(
                "UPDATE runs SET status = COALESCE(?, status), end_time = COALESCE(?, end_time), name = COALESCE(?, name)"
                        + " WHERE run_uuid = ?",
                status == null ? null : status.name(),
                endTime,
                runName,
                runId);
    }

    static void move(Session session, String runId, LifecycleStage stage, long now) throws SQLException {
        session.update(
                "UPDATE runs SET lifecycle_stage = ?, deleted_time = ? WHERE run_uuid = ?",
                stage.wireName(),
                stage == LifecycleStage.DELETED ? now : null,
                runId);
    }

    private static List<Run> complete(Session session, List<RunInfo> infos) throws SQLException {
        List<String> ids = infos.stream().map(RunInfo::runId).toList();
        Map<String, List<Metric>> metrics = MetricsTable.latest(session, ids);
        Map<String, Map<String, String>> params = KeyValueTable.PARAMS.load(session, ids);
        Map<String, Map<String, String>> tags = KeyValueTable.TAGS.load(session, ids);
        Map<String, List<DatasetInput>> inputs = InputsTable.datasetsOf(session, ids);
        Map<String, List<ModelInput>> modelInputs = InputsTable.modelsOf(session, ids);
        Map<String, List<ModelOutput>> outputs = InputsTable.outputsOf(session, ids);
        List<Run> runs = new ArrayList<>(infos.size());
        for (RunInfo info : infos) {
            String id = info.runId();
            RunData data = new RunData(
                    metrics.getOrDefault(id, List.of()),
                    params.getOrDefault(id, Map.of()),
                    tags.getOrDefault(id, Map.of()));
            runs.add(new Run(
                    named(info, data.tags().get(MlflowTags.RUN_NAME)),
                    data,
                    inputs.getOrDefault(id, List.of()),
                    modelInputs.getOrDefault(id, List.of()),
                    outputs.getOrDefault(id, List.of())));
        }
        return runs;
    }

    /** Old versions of MLflow kept the name in the tag alone. */
    private static RunInfo named(RunInfo info, String tag) {
        if (tag == null || (info.runName() != null && !info.runName().isEmpty())) {
            return info;
        }
        return new RunInfo(
                info.runId(),
                tag,
                info.experimentId(),
                info.userId(),
                info.status(),
                info.startTime(),
                info.endTime(),
                info.lifecycleStage(),
                info.artifactUri());
    }

    private static RunInfo info(ResultSet row) throws SQLException {
        return new RunInfo(
                row.getString("run_uuid"),
                row.getString("name"),
                Long.toString(row.getLong("experiment_id")),
                row.getString("user_id"),
                RunStatus.valueOf(row.getString("status")),
                row.getLong("start_time"),
                Session.nullableLong(row, "end_time"),
                LifecycleStage.fromWireName(row.getString("lifecycle_stage")),
                row.getString("artifact_uri"));
    }
}
