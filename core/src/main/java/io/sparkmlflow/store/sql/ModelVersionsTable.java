package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.store.CreateModelVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tables {@code model_versions} and {@code model_version_tags}. A deleted version stays, emptied, in a stage of its own, so
 * that its number is not given again.
 */
final class ModelVersionsTable {
    private static final String WORKSPACE = ExperimentsTable.WORKSPACE;
    private static final String COLUMNS =
            "name, version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id, status,"
                    + " status_message, run_link";
    private static final String PRESENT = " FROM model_versions WHERE workspace = ? AND name = ?"
            + " AND (current_stage IS NULL OR current_stage <> 'Deleted_Internal')";

    private ModelVersionsTable() {}

    /**
     * Adds the next version of a model and returns its number. The change of the model, which comes first, lets nobody else
     * take the same number.
     */
    static int insert(Session session, CreateModelVersion request, String runId, String storageLocation, long now)
            throws SQLException {
        RegisteredModelsTable.touch(session, request.name(), now);
        int version = session.find(
                        "SELECT COALESCE(MAX(version), 0) + 1 FROM model_versions WHERE workspace = ? AND name = ?",
                        row -> row.getInt(1),
                        WORKSPACE,
                        request.name())
                .orElseThrow();
        session.update(
                "INSERT INTO model_versions (" + COLUMNS + ", storage_location, workspace)"
                        + " VALUES (?, ?, ?, ?, ?, NULL, 'None', ?, ?, 'READY', NULL, ?, ?, ?)",
                request.name(),
                version,
                now,
                now,
                request.description(),
                request.source(),
                runId,
                request.runLink(),
                storageLocation,
                WORKSPACE);
        for (Map.Entry<String, String> tag : request.tags().entrySet()) {
            putTag(session, request.name(), version, tag.getKey(), tag.getValue());
        }
        return version;
    }

    static ModelVersion get(Session session, String name, int version) throws SQLException {
        return select(session, PRESENT + " AND version = ?", WORKSPACE, name, version).stream()
                // A database may take a text for another one, such as in lower case.
                .filter(found -> found.name().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown(name, version));
    }

    /** Returns a version that nobody else can delete or change until the transaction is over. */
    static ModelVersion getForChange(Session session, String name, int version) throws SQLException {
        RegisteredModelsTable.lock(session, name);
        return get(session, name, version);
    }

    private static MlflowException unknown(String name, int version) {
        return MlflowException.notFound("Model Version (name=" + name + ", version=" + version + ") not found");
    }

    static Optional<ModelVersion> findLatest(Session session, String name) throws SQLException {
        return select(session, PRESENT + " ORDER BY version DESC LIMIT 1", WORKSPACE, name).stream()
                .findFirst();
    }

    static Optional<ModelVersion> findLatestInStage(Session session, String name, String stage) throws SQLException {
        return select(session, PRESENT + " AND current_stage = ? ORDER BY version DESC LIMIT 1", WORKSPACE, name, stage)
                .stream()
                .findFirst();
    }

    static List<ModelVersion> latestOfEachStage(Session session, String name) throws SQLException {
        return select(
                session,
                PRESENT + " AND version IN (SELECT MAX(version) FROM model_versions WHERE workspace = ? AND name = ?"
                        + " GROUP BY current_stage) ORDER BY version",
                WORKSPACE,
                name,
                WORKSPACE,
                name);
    }

    static List<ModelVersion> search(Session session, RegistrySearch search, long offset, int limit)
            throws SQLException {
        List<ModelVersion> bare = session.list(
                "SELECT " + COLUMNS + " FROM model_versions m"
                        + search.conditions().where() + search.ordering().orderBy() + " LIMIT ? OFFSET ?",
                ModelVersionsTable::withoutTags,
                search.conditions().arguments(List.of(), limit, offset));
        // As MLflow's own search: it leaves the aliases out.
        return complete(session, bare, false);
    }

    static void describe(Session session, String name, int version, String description, long now) throws SQLException {
        getForChange(session, name, version);
        session.update(
                "UPDATE model_versions SET description = ?, last_updated_time = ?"
                        + " WHERE workspace = ? AND name = ? AND version = ?",
                description,
                now,
                WORKSPACE,
                name,
                version);
    }

    static void moveToStage(Session session, String name, int version, String stage, long now) throws SQLException {
        getForChange(session, name, version);
        RegisteredModelsTable.touch(session, name, now);
        session.update(
                "UPDATE model_versions SET current_stage = ?, last_updated_time = ?"
                        + " WHERE workspace = ? AND name = ? AND version = ?",
                stage,
                now,
                WORKSPACE,
                name,
                version);
    }

    /** Moves all versions in a stage to Archived, but for one. */
    static void archiveOthers(Session session, String name, int version, String stage, long now) throws SQLException {
        session.update(
                "UPDATE model_versions SET current_stage = 'Archived', last_updated_time = ?"
                        + " WHERE workspace = ? AND name = ? AND version <> ? AND current_stage = ?",
                now,
                WORKSPACE,
                name,
                version,
                stage);
    }

    /** Returns where a version's files are: the storage location, or the source of versions from before there was one. */
    static String location(Session session, String name, int version) throws SQLException {
        return session.find(
                        "SELECT storage_location, source" + PRESENT + " AND version = ?",
                        row -> {
                            String location = row.getString(1);
                            return location == null || location.isEmpty() ? ExperimentsTable.text(row, 2) : location;
                        },
                        WORKSPACE,
                        name,
                        version)
                .orElseThrow(() -> unknown(name, version));
    }

    /** Empties a version and takes its aliases away; its tags stay, as with MLflow. */
    static void delete(Session session, String name, int version, long now) throws SQLException {
        getForChange(session, name, version);
        RegisteredModelsTable.touch(session, name, now);
        RegisteredModelsTable.deleteAliasesOf(session, name, version);
        session.update(
                "UPDATE model_versions SET current_stage = 'Deleted_Internal', last_updated_time = ?, description = NULL,"
                        + " user_id = NULL, source = 'REDACTED-SOURCE-PATH', run_id = 'REDACTED-RUN-ID',"
                        + " run_link = 'REDACTED-RUN-LINK', status_message = NULL"
                        + " WHERE workspace = ? AND name = ? AND version = ?",
                now,
                WORKSPACE,
                name,
                version);
    }

    static void deleteTag(Session session, String name, int version, String key) throws SQLException {
        session.update(
                "DELETE FROM model_version_tags WHERE workspace = ? AND name = ? AND version = ? AND \"key\" = ?",
                WORKSPACE,
                name,
                version,
                key);
    }

    static void putTag(Session session, String name, int version, String key, String value) throws SQLException {
        session.update(
                "INSERT INTO model_version_tags (workspace, name, version, \"key\", value) VALUES (?, ?, ?, ?, ?)"
                        + session.dialect().orReplace("workspace, \"key\", name, version", "\"key\"", "value"),
                WORKSPACE,
                name,
                version,
                key,
                value);
    }

    private static List<ModelVersion> select(Session session, String condition, Object... arguments)
            throws SQLException {
        return complete(
                session,
                session.list("SELECT " + COLUMNS + condition, ModelVersionsTable::withoutTags, arguments),
                true);
    }

    /** A version of a model. */
    private record Key(String name, int version) {}

    private static List<ModelVersion> complete(Session session, List<ModelVersion> bare, boolean withAliases)
            throws SQLException {
        Map<Key, List<String>> aliases = new HashMap<>();
        Map<Key, Map<String, String>> tags = new HashMap<>();
        for (List<ModelVersion> chunk : Session.chunks(bare)) {
            List<String> names =
                    chunk.stream().map(ModelVersion::name).distinct().toList();
            List<Integer> numbers =
                    chunk.stream().map(ModelVersion::version).distinct().toList();
            // Every pair of these names and numbers, and so a little more than is needed.
            String among = " WHERE workspace = ? AND name IN " + Session.marks(names.size()) + " AND version IN "
                    + Session.marks(numbers.size());
            List<Object> arguments = new ArrayList<>(List.of(WORKSPACE));
            arguments.addAll(names);
            arguments.addAll(numbers);
            if (withAliases) {
                session.each(
                        "SELECT name, version, alias FROM registered_model_aliases" + among,
                        row -> aliases.computeIfAbsent(
                                        new Key(row.getString(1), row.getInt(2)), key -> new ArrayList<>())
                                .add(row.getString(3)),
                        arguments.toArray());
            }
            session.each(
                    "SELECT name, version, \"key\", value FROM model_version_tags" + among,
                    row -> tags.computeIfAbsent(new Key(row.getString(1), row.getInt(2)), key -> new HashMap<>())
                            .put(row.getString(3), ExperimentsTable.text(row, 4)),
                    arguments.toArray());
        }
        return bare.stream()
                .map(version -> {
                    Key key = new Key(version.name(), version.version());
                    return with(
                            version, sorted(aliases.getOrDefault(key, List.of())), tags.getOrDefault(key, Map.of()));
                })
                .toList();
    }

    private static List<String> sorted(List<String> aliases) {
        return aliases.stream().sorted().toList();
    }

    private static ModelVersion with(ModelVersion bare, List<String> aliases, Map<String, String> tags) {
        return new ModelVersion(
                bare.name(),
                bare.version(),
                bare.creationTimestamp(),
                bare.lastUpdatedTimestamp(),
                bare.description(),
                bare.userId(),
                bare.currentStage(),
                bare.source(),
                bare.runId(),
                bare.status(),
                bare.statusMessage(),
                bare.runLink(),
                aliases,
                tags);
    }

    private static ModelVersion withoutTags(ResultSet row) throws SQLException {
        return new ModelVersion(
                row.getString("name"),
                row.getInt("version"),
                row.getLong("creation_time"),
                row.getLong("last_updated_time"),
                row.getString("description"),
                row.getString("user_id"),
                row.getString("current_stage"),
                row.getString("source"),
                row.getString("run_id"),
                row.getString("status"),
                row.getString("status_message"),
                row.getString("run_link"),
                List.of(),
                Map.of());
    }
}
