package io.sparkmlflow.store.sql;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.ViewType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tables {@code experiments} and {@code experiment_tags}. */
final class ExperimentsTable {
    /** The one workspace of a store without workspaces. */
    static final String WORKSPACE = "default";

    private static final String COLUMNS =
            "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time";

    private ExperimentsTable() {}

    /** Adds the experiment that runs go to when nobody names one, unless it is there. */
    static void insertDefault(Session session, String artifactRoot, long now) throws SQLException {
        session.update(
                "INSERT INTO experiments (" + COLUMNS + ", workspace) VALUES (0, 'Default', ?, 'active', ?, ?, ?)"
                        + session.dialect().orSkip("workspace"),
                ArtifactUris.append(artifactRoot, "0"),
                now,
                now,
                WORKSPACE);
    }

    static boolean lacksDefault(Session session) throws SQLException {
        return session.find("SELECT 1 FROM experiments WHERE experiment_id = 0", row -> true)
                .isEmpty();
    }

    static long insert(
            Session session,
            String name,
            String artifactLocation,
            String artifactRoot,
            Map<String, String> tags,
            long now)
            throws SQLException {
        Optional<Experiment> taken = findByName(session, name);
        if (taken.isPresent()) {
            throw nameTaken(taken.get());
        }
        long id = session.insert(
                "experiment_id",
                "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time,"
                        + " last_update_time, workspace) VALUES (?, ?, 'active', ?, ?, ?)",
                name,
                artifactLocation,
                now,
                now,
                WORKSPACE);
        if (artifactLocation == null) {
            session.update(
                    "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
                    ArtifactUris.append(artifactRoot, Long.toString(id)),
                    id);
        }
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            putTag(session, id, tag.getKey(), tag.getValue());
        }
        return id;
    }

    private static MlflowException nameTaken(Experiment taken) {
        String message = "Experiment(name=" + taken.name() + ") already exists";
        return new MlflowException(
                ErrorCode.RESOURCE_ALREADY_EXISTS,
                taken.lifecycleStage() == LifecycleStage.ACTIVE
                        ? message + "."
                        : message + " in deleted state (id=" + taken.experimentId()
                                + "). Restore it, or choose another name.");
    }

    static Experiment get(Session session, long id) throws SQLException {
        return select(session, "WHERE experiment_id = ?", id).stream()
                .findFirst()
                .orElseThrow(() -> unknown(id));
    }

    private static MlflowException unknown(long id) {
        return MlflowException.notFound("No Experiment with id=" + id + " exists");
    }

    /** Returns an experiment that is not deleted. */
    static Experiment getActive(Session session, long id) throws SQLException {
        Experiment experiment = get(session, id);
        if (experiment.lifecycleStage() != LifecycleStage.ACTIVE) {
            throw MlflowException.invalidParameter("The experiment " + id
                    + " must be in the 'active' state. Current state is "
                    + experiment.lifecycleStage().wireName() + ".");
        }
        return experiment;
    }

    static Optional<Experiment> findByName(Session session, String name) throws SQLException {
        return select(session, "WHERE workspace = ? AND name = ?", WORKSPACE, name).stream()
                .findFirst();
    }

    static List<Experiment> search(Session session, ExperimentSearch search, long offset, int limit)
            throws SQLException {
        return select(
                session,
                search.conditions().where() + search.ordering().orderBy() + " LIMIT ? OFFSET ?",
                search.conditions().arguments(List.of(), limit, offset));
    }

    /** Returns the condition for the stages that a view looks at. */
    static String stages(ViewType view) {
        return switch (view) {
            case ACTIVE_ONLY -> "lifecycle_stage = 'active'";
            case DELETED_ONLY -> "lifecycle_stage = 'deleted'";
            case ALL -> "lifecycle_stage IN ('active', 'deleted')";
        };
    }

    /** Deletes or restores an experiment and all its runs. It must be in the other stage. */
    static void move(Session session, long id, LifecycleStage stage, long now) throws SQLException {
        LifecycleStage from = stage == LifecycleStage.ACTIVE ? LifecycleStage.DELETED : LifecycleStage.ACTIVE;
        int moved = session.update(
                "UPDATE experiments SET lifecycle_stage = ?, last_update_time = ?"
                        + " WHERE experiment_id = ? AND lifecycle_stage = ?",
                stage.wireName(),
                now,
                id,
                from.wireName());
        if (moved == 0) {
            throw unknown(id);
        }
        session.update(
                "UPDATE runs SET lifecycle_stage = ?, deleted_time = ? WHERE experiment_id = ?",
                stage.wireName(),
                stage == LifecycleStage.DELETED ? now : null,
                id);
    }

    static void deleteTag(Session session, long id, String key) throws SQLException {
        if (session.update("DELETE FROM experiment_tags WHERE experiment_id = ? AND \"key\" = ?", id, key) == 0) {
            throw MlflowException.notFound("No tag with name: " + key + " in experiment with id " + id);
        }
    }

    /** Gives an experiment that is not deleted another name. */
    static void rename(Session session, long id, String name, long now) throws SQLException {
        if (get(session, id).lifecycleStage() != LifecycleStage.ACTIVE) {
            throw new MlflowException(ErrorCode.INVALID_STATE, "Cannot rename a non-active experiment.");
        }
        Optional<Experiment> taken = findByName(session, name);
        if (taken.isPresent() && !taken.get().experimentId().equals(Long.toString(id))) {
            throw nameTaken(taken.get());
        }
        session.update("UPDATE experiments SET name = ?, last_update_time = ? WHERE experiment_id = ?", name, now, id);
    }

    static void putTag(Session session, long id, String key, String value) throws SQLException {
        session.update(
                "INSERT INTO experiment_tags (\"key\", value, experiment_id) VALUES (?, ?, ?)"
                        + session.dialect().orReplace("\"key\", experiment_id", "\"key\"", "value"),
                key,
                value,
                id);
    }

    private static List<Experiment> select(Session session, String condition, Object... arguments) throws SQLException {
        Map<Long, Map<String, String>> tags = new HashMap<>();
        List<Experiment> bare = session.list(
                "SELECT " + COLUMNS + " FROM experiments " + condition, ExperimentsTable::withoutTags, arguments);
        List<Long> ids = bare.stream()
                .map(experiment -> Long.valueOf(experiment.experimentId()))
                .toList();
        for (List<Long> chunk : Session.chunks(ids)) {
            session.each(
                    "SELECT experiment_id, \"key\", value FROM experiment_tags WHERE experiment_id IN "
                            + Session.marks(chunk.size()),
                    row -> tags.computeIfAbsent(row.getLong(1), id -> new HashMap<>())
                            .put(row.getString(2), text(row, 3)),
                    chunk.toArray());
        }
        List<Experiment> experiments = new ArrayList<>(bare.size());
        for (Experiment experiment : bare) {
            experiments.add(new Experiment(
                    experiment.experimentId(),
                    experiment.name(),
                    experiment.artifactLocation(),
                    experiment.lifecycleStage(),
                    experiment.creationTime(),
                    experiment.lastUpdateTime(),
                    tags.getOrDefault(Long.valueOf(experiment.experimentId()), Map.of())));
        }
        return experiments;
    }

    private static Experiment withoutTags(ResultSet row) throws SQLException {
        return new Experiment(
                Long.toString(row.getLong("experiment_id")),
                row.getString("name"),
                row.getString("artifact_location"),
                LifecycleStage.fromWireName(row.getString("lifecycle_stage")),
                row.getLong("creation_time"),
                row.getLong("last_update_time"),
                Map.of());
    }

    /** Returns a text that may be null in the table but not in a map of ours. */
    static String text(ResultSet row, int column) throws SQLException {
        String text = row.getString(column);
        return text == null ? "" : text;
    }
}
