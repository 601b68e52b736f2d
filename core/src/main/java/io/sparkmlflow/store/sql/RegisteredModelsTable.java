package io.sparkmlflow.store.sql;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.RegisteredModel;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tables {@code registered_models}, {@code registered_model_tags} and {@code registered_model_aliases}. */
final class RegisteredModelsTable {
    private static final String WORKSPACE = ExperimentsTable.WORKSPACE;
    private static final String COLUMNS = "name, creation_time, last_updated_time, description";

    private RegisteredModelsTable() {}

    static void insert(Session session, String name, String description, Map<String, String> tags, long now)
            throws SQLException {
        checkFree(session, name);
        session.update(
                "INSERT INTO registered_models (" + COLUMNS + ", workspace) VALUES (?, ?, ?, ?, ?)",
                name,
                now,
                now,
                description,
                WORKSPACE);
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            putTag(session, name, tag.getKey(), tag.getValue());
        }
    }

    /** Lets nobody else change a model or its versions until the transaction is over. */
    static void lock(Session session, String name) throws SQLException {
        session.lock("SELECT name FROM registered_models WHERE workspace = ? AND name = ?", WORKSPACE, name);
    }

    /** Returns the name that the database takes for this one: another one, if it does not tell upper from lower case. */
    private static Optional<String> findName(Session session, String name) throws SQLException {
        return session.find(
                "SELECT name FROM registered_models WHERE workspace = ? AND name = ?",
                row -> row.getString(1),
                WORKSPACE,
                name);
    }

    private static void checkFree(Session session, String name) throws SQLException {
        Optional<String> taken = findName(session, name);
        if (taken.isPresent()) {
            throw new MlflowException(
                    ErrorCode.RESOURCE_ALREADY_EXISTS, "Registered Model (name=" + taken.get() + ") already exists.");
        }
    }

    /** Throws unless there is a model of exactly that name. */
    static void require(Session session, String name) throws SQLException {
        if (findName(session, name).filter(name::equals).isEmpty()) {
            throw MlflowException.notFound("Registered Model with name=" + name + " not found");
        }
    }

    /** Notes that something of the model has changed. Throws unless there is a model of that name. */
    static void touch(Session session, String name, long now) throws SQLException {
        session.update(
                "UPDATE registered_models SET last_updated_time = ? WHERE workspace = ? AND name = ?",
                now,
                WORKSPACE,
                name);
        require(session, name);
    }

    static Optional<RegisteredModel> find(Session session, String name) throws SQLException {
        return select(session, " WHERE m.workspace = ? AND m.name = ?", WORKSPACE, name).stream()
                .filter(model -> model.name().equals(name))
                .findFirst();
    }

    static List<RegisteredModel> search(Session session, RegistrySearch search, long offset, int limit)
            throws SQLException {
        return select(
                session,
                search.conditions().where() + search.ordering().orderBy() + " LIMIT ? OFFSET ?",
                search.conditions().arguments(List.of(), limit, offset));
    }

    static void describe(Session session, String name, String description, long now) throws SQLException {
        touch(session, name, now);
        session.update(
                "UPDATE registered_models SET description = ? WHERE workspace = ? AND name = ?",
                description,
                WORKSPACE,
                name);
    }

    /** Gives a model another name; the foreign keys take it to tags, aliases and versions. */
    static void rename(Session session, String name, String newName, long now) throws SQLException {
        lock(session, name);
        require(session, name);
        if (!name.equals(newName)) {
            checkFree(session, newName);
        }
        session.update(
                "UPDATE registered_models SET name = ?, last_updated_time = ? WHERE workspace = ? AND name = ?",
                newName,
                now,
                WORKSPACE,
                name);
        session.update(
                "UPDATE model_versions SET last_updated_time = ? WHERE workspace = ? AND name = ?",
                now,
                WORKSPACE,
                newName);
    }

    static void delete(Session session, String name) throws SQLException {
        lock(session, name);
        require(session, name);
        // From the leaves to the root, as the foreign keys want it.
        for (String table : List.of(
                "registered_model_aliases",
                "model_version_tags",
                "model_versions",
                "registered_model_tags",
                "registered_models")) {
            session.update("DELETE FROM " + table + " WHERE workspace = ? AND name = ?", WORKSPACE, name);
        }
    }

    static void putTag(Session session, String name, String key, String value) throws SQLException {
        session.update(
                "INSERT INTO registered_model_tags (workspace, name, \"key\", value) VALUES (?, ?, ?, ?)"
                        + session.dialect().orReplace("workspace, \"key\", name", "\"key\"", "value"),
                WORKSPACE,
                name,
                key,
                value);
    }

    static void deleteTag(Session session, String name, String key) throws SQLException {
        session.update(
                "DELETE FROM registered_model_tags WHERE workspace = ? AND name = ? AND \"key\" = ?",
                WORKSPACE,
                name,
                key);
    }

    static void putAlias(Session session, String name, String alias, int version) throws SQLException {
        session.update(
                "INSERT INTO registered_model_aliases (workspace, name, alias, version) VALUES (?, ?, ?, ?)"
                        + session.dialect().orReplace("workspace, name, alias", "alias", "version"),
                WORKSPACE,
                name,
                alias,
                version);
    }

    static void deleteAlias(Session session, String name, String alias) throws SQLException {
        session.update(
                "DELETE FROM registered_model_aliases WHERE workspace = ? AND name = ? AND alias = ?",
                WORKSPACE,
                name,
                alias);
    }

    static void deleteAliasesOf(Session session, String name, int version) throws SQLException {
        session.update(
                "DELETE FROM registered_model_aliases WHERE workspace = ? AND name = ? AND version = ?",
                WORKSPACE,
                name,
                version);
    }

    /** Returns the version that each alias of a model points at. */
    static Map<String, Integer> aliases(Session session, String name) throws SQLException {
        Map<String, Integer> aliases = new HashMap<>();
        session.each(
                "SELECT alias, version FROM registered_model_aliases WHERE workspace = ? AND name = ?",
                row -> aliases.put(row.getString(1), row.getInt(2)),
                WORKSPACE,
                name);
        return aliases;
    }

    private static List<RegisteredModel> select(Session session, String condition, Object... arguments)
            throws SQLException {
        List<RegisteredModel> models = new ArrayList<>();
        for (RegisteredModel bare : session.list(
                "SELECT " + COLUMNS + " FROM registered_models m" + condition,
                RegisteredModelsTable::bare,
                arguments)) {
            Map<String, String> tags = new HashMap<>();
            session.each(
                    "SELECT \"key\", value FROM registered_model_tags WHERE workspace = ? AND name = ?",
                    row -> tags.put(row.getString(1), ExperimentsTable.text(row, 2)),
                    WORKSPACE,
                    bare.name());
            List<ModelVersion> latest = ModelVersionsTable.latestOfEachStage(session, bare.name());
            models.add(new RegisteredModel(
                    bare.name(),
                    bare.creationTimestamp(),
                    bare.lastUpdatedTimestamp(),
                    bare.description(),
                    tags,
                    aliases(session, bare.name()),
                    latest));
        }
        return models;
    }

    private static RegisteredModel bare(ResultSet row) throws SQLException {
        return new RegisteredModel(
                row.getString("name"),
                row.getLong("creation_time"),
                row.getLong("last_updated_time"),
                row.getString("description"),
                Map.of(),
                Map.of(),
                List.of());
    }
}
