package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tables {@code params} and {@code tags}: keys and values of runs. */
enum KeyValueTable {
    PARAMS("params"),
    TAGS("tags");

    private final String table;

    KeyValueTable(String table) {
        this.table = table;
    }

    /** Returns keys and values by run. */
    Map<String, Map<String, String>> load(Session session, List<String> runIds) throws SQLException {
        Map<String, Map<String, String>> loaded = new HashMap<>();
        for (List<String> chunk : Session.chunks(runIds)) {
            session.each(
                    "SELECT run_uuid, \"key\", value FROM " + table + " WHERE run_uuid IN "
                            + Session.marks(chunk.size()),
                    row -> loaded.computeIfAbsent(row.getString(1), id -> new HashMap<>())
                            .put(row.getString(2), ExperimentsTable.text(row, 3)),
                    chunk.toArray());
        }
        return loaded;
    }

    static Optional<String> findTag(Session session, String runId, String key) throws SQLException {
        return session.find(
                "SELECT value FROM tags WHERE run_uuid = ? AND \"key\" = ?",
                row -> ExperimentsTable.text(row, 1),
                runId,
                key);
    }

    static void putTags(Session session, String runId, List<Tag> tags) throws SQLException {
        try (Session.Batch batch = session.batch("INSERT INTO tags (\"key\", value, run_uuid) VALUES (?, ?, ?)"
                + session.dialect().orReplace("\"key\", run_uuid", "\"key\"", "value"))) {
            // Two writers that lock rows in one order cannot lock each other out.
            for (Tag tag : tags.stream().sorted(Comparator.comparing(Tag::key)).toList()) {
                batch.add(tag.key(), tag.value(), runId);
            }
            batch.execute();
        }
    }

    static void deleteTag(Session session, String runId, String key) throws SQLException {
        if (session.update("DELETE FROM tags WHERE run_uuid = ? AND \"key\" = ?", runId, key) == 0) {
            throw MlflowException.notFound("No tag with name: " + key + " in run with id " + runId);
        }
    }

    /** Adds params. One that is there already must have the same value. */
    static void addParams(Session session, String runId, List<Param> params) throws SQLException {
        if (params.isEmpty()) {
            return;
        }
        List<Object> arguments = new ArrayList<>();
        arguments.add(runId);
        params.forEach(param -> arguments.add(param.key()));
        Map<String, String> logged = new HashMap<>();
        session.each(
                "SELECT \"key\", value FROM params WHERE run_uuid = ? AND \"key\" IN " + Session.marks(params.size()),
                row -> logged.put(row.getString(1), row.getString(2)),
                arguments.toArray());
        List<String> changed = new ArrayList<>();
        try (Session.Batch batch = session.batch("INSERT INTO params (\"key\", value, run_uuid) VALUES (?, ?, ?)")) {
            for (Param param : params) {
                String old = logged.get(param.key());
                if (old == null) {
                    batch.add(param.key(), param.value(), runId);
                } else if (!old.equals(param.value())) {
                    changed.add("{'key': " + Validation.quoted(param.key()) + ", 'old_value': " + Validation.quoted(old)
                            + ", 'new_value': " + Validation.quoted(param.value()) + "}");
                }
            }
            if (!changed.isEmpty()) {
                throw MlflowException.invalidParameter(
                        "Changing param values is not allowed. Params were already logged='" + changed
                                + "' for run ID='" + runId + "'.");
            }
            batch.execute();
        }
    }
}
