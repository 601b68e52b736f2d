package io.sparkmlflow.store.sql;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tables {@code logged_models}, {@code logged_model_params} and {@code logged_model_tags}. */
final class LoggedModelsTable {
    private static final Set<Character> FORBIDDEN = Set.of('/', ':', '.', '%', '"', '\'');

    private static final String COLUMNS =
            "model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status,"
                    + " model_type, source_run_id, status_message";

    private LoggedModelsTable() {}

    static void validateName(String name) {
        if (name != null && (name.isEmpty() || name.chars().anyMatch(c -> FORBIDDEN.contains((char) c)))) {
            throw MlflowException.invalidParameter("Invalid model name (" + Validation.quoted(name)
                    + ") provided. Model name must be a non-empty string and cannot contain the following characters:"
                    + " ('/', ':', '.', '%', '\"', \"'\")");
        }
    }

    static void insert(Session session, LoggedModel model) throws SQLException {
        session.update(
                "INSERT INTO logged_models (" + COLUMNS + ", lifecycle_stage) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                        + " 'active')",
                model.modelId(),
                Validation.experimentId(model.experimentId()),
                model.name(),
                model.artifactUri(),
                model.creationTimestamp(),
                model.lastUpdatedTimestamp(),
                model.status().code(),
                model.modelType(),
                model.sourceRunId(),
                model.statusMessage());
        List<Param> params = model.params().entrySet().stream()
                .map(param -> new Param(param.getKey(), param.getValue()))
                .toList();
        List<Tag> tags = model.tags().entrySet().stream()
                .map(tag -> new Tag(tag.getKey(), tag.getValue()))
                .toList();
        addParams(session, model.modelId(), params);
        putTags(session, model.modelId(), tags);
    }

    /** Returns a model that is not deleted. */
    static LoggedModel get(Session session, String modelId) throws SQLException {
        return find(session, modelId).orElseThrow(() -> unknown(modelId));
    }

    /** Returns the model of that id if there is one that is not deleted. */
    static Optional<LoggedModel> find(Session session, String modelId) throws SQLException {
        List<LoggedModel> bare = session.list(
                "SELECT " + COLUMNS + " FROM logged_models WHERE model_id = ? AND lifecycle_stage <> 'deleted'",
                LoggedModelsTable::bare,
                modelId);
        return complete(session, bare).stream().findFirst();
    }

    /** Finds a model whose tags nobody else changes in the same way until the transaction is over. */
    static Optional<LoggedModel> findForChange(Session session, String modelId) throws SQLException {
        session.lock("SELECT model_id FROM logged_models WHERE model_id = ?", modelId);
        return find(session, modelId);
    }

    static List<LoggedModel> search(Session session, LoggedModelSearch search, long offset, int limit)
            throws SQLException {
        List<LoggedModel> bare = session.list(
                "SELECT m." + COLUMNS.replace(", ", ", m.") + " FROM logged_models m"
                        + search.ordering().joins() + search.conditions().where()
                        + search.ordering().orderBy() + " LIMIT ? OFFSET ?",
                LoggedModelsTable::bare,
                search.conditions().arguments(search.ordering().joinArguments(), limit, offset));
        return complete(session, bare);
    }

    private static List<LoggedModel> complete(Session session, List<LoggedModel> bare) throws SQLException {
        List<String> ids = bare.stream().map(LoggedModel::modelId).toList();
        Map<String, Map<String, String>> params = keyValues(session, "param", ids);
        Map<String, Map<String, String>> tags = keyValues(session, "tag", ids);
        Map<String, List<Metric>> metrics = MetricsTable.ofModels(session, ids);
        return bare.stream()
                .map(model -> new LoggedModel(
                        model.modelId(),
                        model.experimentId(),
                        model.name(),
                        model.artifactUri(),
                        model.creationTimestamp(),
                        model.lastUpdatedTimestamp(),
                        model.status(),
                        model.modelType(),
                        model.sourceRunId(),
                        model.statusMessage(),
                        params.getOrDefault(model.modelId(), Map.of()),
                        tags.getOrDefault(model.modelId(), Map.of()),
                        metrics.getOrDefault(model.modelId(), List.of())))
                .toList();
    }

    /** Returns the experiment that a model belongs to, whether it is deleted or not. */
    static long experimentOf(Session session, String modelId) throws SQLException {
        return session.find(
                        "SELECT experiment_id FROM logged_models WHERE model_id = ?", row -> row.getLong(1), modelId)
                .orElseThrow(() -> unknown(modelId));
    }

    private static MlflowException unknown(String modelId) {
        return MlflowException.notFound("Logged model with ID '" + modelId + "' not found.");
    }

    static void setStatus(Session session, String modelId, LoggedModelStatus status, long now) throws SQLException {
        int changed = session.update(
                "UPDATE logged_models SET status = ?, last_updated_timestamp_ms = ? WHERE model_id = ?"
                        + " AND lifecycle_stage <> 'deleted'",
                status.code(),
                now,
                modelId);
        if (changed == 0) {
            throw unknown(modelId);
        }
    }

    static void delete(Session session, String modelId, long now) throws SQLException {
        int changed = session.update(
                "UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp_ms = ? WHERE model_id = ?",
                now,
                modelId);
        if (changed == 0) {
            throw unknown(modelId);
        }
    }

    static void putTags(Session session, String modelId, List<Tag> tags) throws SQLException {
        long experimentId = experimentOf(session, modelId);
        try (Session.Batch batch = session.batch(
                "INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value) VALUES (?, ?, ?, ?)"
                        + session.dialect().orReplace("model_id, tag_key", "tag_key", "tag_value"))) {
            for (Tag tag : tags) {
                batch.add(modelId, experimentId, tag.key(), tag.value());
            }
            batch.execute();
        }
    }

    static void deleteTag(Session session, String modelId, String key) throws SQLException {
        experimentOf(session, modelId);
        if (session.update("DELETE FROM logged_model_tags WHERE model_id = ? AND tag_key = ?", modelId, key) == 0) {
            throw MlflowException.notFound("No tag with key " + Validation.quoted(key) + " found for model with ID "
                    + Validation.quoted(modelId) + ".");
        }
    }

    /** Adds params. One that is there already must have the same value. */
    static void addParams(Session session, String modelId, List<Param> params) throws SQLException {
        long experimentId = experimentOf(session, modelId);
        Map<String, String> known = params.isEmpty()
                ? Map.of()
                : keyValues(session, "param", List.of(modelId)).getOrDefault(modelId, Map.of());
        try (Session.Batch batch = session.batch(
                "INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value) VALUES (?, ?, ?, ?)")) {
            for (Param param : params) {
                String old = known.get(param.key());
                if (old == null) {
                    batch.add(modelId, experimentId, param.key(), param.value());
                } else if (!old.equals(param.value())) {
                    throw MlflowException.invalidParameter("Changing param values is not allowed. Param with key='"
                            + param.key() + "' was already logged with value='" + old + "' for model ID='" + modelId
                            + "'. Attempted logging new value '" + param.value() + "'.");
                }
            }
            batch.execute();
        }
    }

    /** Returns keys and values by model. */
    private static Map<String, Map<String, String>> keyValues(Session session, String kind, List<String> modelIds)
            throws SQLException {
        Map<String, Map<String, String>> found = new HashMap<>();
        for (List<String> chunk : Session.chunks(modelIds)) {
            session.each(
                    "SELECT model_id, " + kind + "_key, " + kind + "_value FROM logged_model_" + kind
                            + "s WHERE model_id IN " + Session.marks(chunk.size()),
                    row -> found.computeIfAbsent(row.getString(1), id -> new HashMap<>())
                            .put(row.getString(2), row.getString(3)),
                    chunk.toArray());
        }
        return found;
    }

    private static LoggedModel bare(ResultSet row) throws SQLException {
        return new LoggedModel(
                row.getString("model_id"),
                Long.toString(row.getLong("experiment_id")),
                row.getString("name"),
                row.getString("artifact_location"),
                row.getLong("creation_timestamp_ms"),
                row.getLong("last_updated_timestamp_ms"),
                status(row.getInt("status")),
                row.getString("model_type"),
                row.getString("source_run_id"),
                row.getString("status_message"),
                Map.of(),
                Map.of(),
                List.of());
    }

    private static LoggedModelStatus status(int code) {
        for (LoggedModelStatus status : LoggedModelStatus.values()) {
            if (status.code() == code) {
                return status;
            }
        }
        throw new MlflowException(
                ErrorCode.INVALID_STATE, "The database holds a logged model with the unknown status " + code);
    }
}
