package io.sparkmlflow.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares a database of ours with what SQLite says of one that MLflow 3.17.2 made through its migrations. The expectation
 * has a line for each column (with its place in the primary key), foreign key, index, check and constraint name.
 */
class SqliteSchemaTest {
    private static final Pattern CHECK = Pattern.compile("CHECK (\\((?:[^()]|\\([^()]*\\))*\\))");
    private static final Pattern CONSTRAINT = Pattern.compile("CONSTRAINT (\\w+) ");

    @TempDir
    Path folder;

    private SqliteDialect dialect;

    @BeforeEach
    void createDatabase() {
        dialect = SqliteDialect.of("sqlite:///" + folder.resolve("new.db"));
        new SchemaSetup(dialect, "/artifacts").run();
    }

    @Test
    void everyTableIsAsMlflowMakesIt() throws Exception {
        Map<String, List<String>> expected = expected();
        Map<String, List<String>> actual = inDatabase(SqliteSchemaTest::describe);

        assertThat(actual).containsOnlyKeys(expected.keySet());
        assertThat(actual.keySet().stream().filter(name -> name.startsWith("table ")))
                .hasSize(65);
        expected.forEach(
                (table, lines) -> assertThat(actual.get(table)).as(table).containsExactlyElementsOf(lines));
    }

    @Test
    void theDatabaseStartsWithWhatMlflowLooksFor() throws Exception {
        assertThat(texts("SELECT version_num FROM alembic_version")).containsExactly("dc11669786a5");
        assertThat(texts("SELECT name FROM workspaces")).containsExactly("default");
        assertThat(texts("SELECT experiment_id || ' ' || name || ' ' || artifact_location || ' ' || workspace"
                        + " FROM experiments"))
                .containsExactly("0 Default /artifacts/0 default");
    }

    @Test
    void durationsOfSpansAreComputed() throws Exception {
        List<Long> durations = inDatabase(session -> {
            session.update(
                    "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES ('t', 0, 1, 'OK')");
            session.update("INSERT INTO spans (trace_id, experiment_id, span_id, status, start_time_unix_nano,"
                    + " end_time_unix_nano, content) VALUES ('t', 0, 's', 'OK', 10, 25, '{}')");
            return session.list("SELECT duration_ns FROM spans", row -> row.getLong(1));
        });
        assertThat(durations).containsExactly(15L);
    }

    private List<String> texts(String sql) throws SQLException {
        return inDatabase(session -> session.list(sql, row -> row.getString(1)));
    }

    private <T> T inDatabase(SqlDatabase.Work<T> work) throws SQLException {
        try (Connection connection = dialect.dataSource().getConnection()) {
            return work.run(new Session(connection, dialect));
        }
    }

    private static Map<String, List<String>> expected() throws IOException {
        String text;
        try (InputStream in = SqliteSchemaTest.class.getResourceAsStream("schema-sqlite.expected.txt")) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        Map<String, List<String>> tables = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith("  ")) {
                lines.add(line);
            } else {
                lines = new ArrayList<>();
                tables.put(line, lines);
            }
        }
        return tables;
    }

    private static Map<String, List<String>> describe(Session session) throws SQLException {
        Map<String, String> statements = new TreeMap<>();
        session.each(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                row -> statements.put(row.getString(1), row.getString(2).replaceAll("\\s+", " ")));
        Map<String, List<String>> tables = new LinkedHashMap<>();
        for (Map.Entry<String, String> statement : statements.entrySet()) {
            List<String> lines = new ArrayList<>(columns(session, statement.getKey()));
            lines.addAll(foreignKeys(session, statement.getKey()));
            lines.addAll(indexes(session, statement.getKey()));
            lines.addAll(found(CHECK, "  check ", statement.getValue()).stream()
                    .map(line ->
                            "  check " + line.substring("  check ".length()).replace(" ", ""))
                    .sorted()
                    .toList());
            lines.addAll(found(CONSTRAINT, "  constraint ", statement.getValue()));
            tables.put("table " + statement.getKey(), lines);
        }
        session.each(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
                row -> tables.put("trigger " + row.getString(1) + " on " + row.getString(2), List.of()));
        return tables;
    }

    private static List<String> columns(Session session, String table) throws SQLException {
        return session.list(
                "SELECT * FROM pragma_table_xinfo(?) ORDER BY cid",
                row -> "  column " + row.getString("name") + " " + row.getString("type")
                        + (row.getBoolean("notnull") ? " notnull" : "")
                        + (row.getInt("pk") == 0 ? "" : " pk=" + row.getInt("pk"))
                        + (row.getString("dflt_value") == null ? "" : " default=" + row.getString("dflt_value"))
                        + (row.getInt("hidden") == 0 ? "" : " hidden=" + row.getInt("hidden")),
                table);
    }

    private static List<String> foreignKeys(Session session, String table) throws SQLException {
        return session
                .list(
                        "SELECT \"table\", group_concat(\"from\"), group_concat(\"to\"), on_update, on_delete"
                                + " FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id",
                        row -> "  fk (" + row.getString(2) + ") -> " + row.getString(1) + "(" + row.getString(3)
                                + ") on update " + row.getString(4).toUpperCase(Locale.ROOT) + " on delete "
                                + row.getString(5).toUpperCase(Locale.ROOT),
                        table)
                .stream()
                .sorted()
                .toList();
    }

    private static List<String> indexes(Session session, String table) throws SQLException {
        List<String> lines = new ArrayList<>();
        session.each(
                "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?)",
                row -> {
                    List<String> columns = session.list(
                            "SELECT name, \"desc\" FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno",
                            column -> column.getString(1) + (column.getBoolean(2) ? " desc" : ""),
                            row.getString("name"));
                    lines.add("  index " + ("c".equals(row.getString("origin")) ? row.getString("name") : "-") + " ("
                            + String.join(",", columns) + ")" + (row.getBoolean("unique") ? " unique" : "") + " origin="
                            + row.getString("origin") + (row.getBoolean("partial") ? " partial" : ""));
                },
                table);
        return lines.stream().sorted().toList();
    }

    private static List<String> found(Pattern pattern, String prefix, String sql) {
        return pattern.matcher(sql)
                .results()
                .map((MatchResult result) -> prefix + result.group(1))
                .sorted()
                .toList();
    }
}
