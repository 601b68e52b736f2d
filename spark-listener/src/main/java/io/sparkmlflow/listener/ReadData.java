package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Describes the leaves of plans that stand for stored data. */
final class ReadData {
    private static final String DELTA = "delta";
    private static final String METADATA_COLUMN = "__metadata_col";

    private ReadData() {}

    /** Returns the data that a node stands for, or {@code null} if it stands for none; of a table that goes on, as it is now. */
    static DataSource of(LogicalPlan node) {
        return of(node, Long.MAX_VALUE);
    }

    /**
     * Returns the data that a node stands for, or {@code null} if it stands for none.
     *
     * @param time when it was read at the latest, in milliseconds since the epoch: what was added to a table later was not
     */
    static DataSource of(LogicalPlan node, long time) {
        if (node instanceof LogicalRelation logical) {
            return relation(logical.relation(), ScalaInterop.orNull(logical.catalogTable()));
        }
        return switch (node.getClass().getSimpleName()) {
            case "HiveTableRelation" -> table(Members.of(CatalogTable.class, node, "tableMeta"), node.schema());
            case "DataSourceV2Relation" -> relation2(node, time);
            case "DataSourceV2ScanRelation" -> relation2(Members.of(LogicalPlan.class, node, "relation"), time);
            default -> null;
        };
    }

    /** Describes a table of the session's catalog. */
    static DataSource table(CatalogTable table, StructType schema) {
        if (table == null) {
            return null;
        }
        String format = ScalaInterop.orNull(table.provider());
        Object location = Members.of(table, "storage", "locationUri");
        return new DataSource(
                table.identifier().unquotedString(),
                location == null ? List.of() : List.of(location.toString()),
                format == null ? "hive" : format.toLowerCase(Locale.ROOT),
                schema,
                null);
    }

    static String formatName(Object format) {
        if (isOf(format, "DeltaParquetFileFormat")) {
            return DELTA;
        }
        return format instanceof DataSourceRegister named
                ? named.shortName().toLowerCase(Locale.ROOT)
                : format.getClass().getSimpleName().replace("$", "");
    }

    /** Describes a place by the options with which a data source of Spark 1's interface was asked for. */
    static DataSource options(String format, Map<String, String> given, StructType schema) {
        Map<String, String> options = given.entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> entry.getKey().toLowerCase(Locale.ROOT), Map.Entry::getValue, (a, b) -> b));
        if (options.containsKey("url") && options.get("url").startsWith("jdbc:")) {
            return jdbc(options.get("url"), options.get("dbtable"), schema);
        }
        if (options.containsKey("kafka.bootstrap.servers")) {
            return kafka(options.get("kafka.bootstrap.servers"), options.get("topic"), schema);
        }
        String path = options.get("path");
        return path == null ? null : new DataSource(null, List.of(path), format, schema, null);
    }

    private static DataSource relation(BaseRelation relation, CatalogTable table) {
        if (relation instanceof HadoopFsRelation files) {
            return files(files, table);
        }
        if (isOf(relation, "JDBCRelation")) {
            return jdbcRelation(Members.of(relation, "jdbcOptions"), relation.schema());
        }
        if (isOf(relation, "KafkaRelation")) {
            return KafkaData.of(relation);
        }
        return table == null ? null : table(table, relation.schema());
    }

    private static DataSource files(HadoopFsRelation files, CatalogTable table) {
        FileFormat fileFormat = files.fileFormat();
        String format = formatName(fileFormat);
        List<String> paths = ScalaInterop.list(files.location().rootPaths()).stream()
                .map(Path::toString)
                .toList();
        if (isBookkeeping(paths) || isInference(format, ScalaInterop.map(files.options()))) {
            return null;
        }
        Long version =
                format.equals(DELTA) ? Members.of(Long.class, files.location(), "snapshotAtAnalysis", "version") : null;
        if (format.equals(DELTA) && version == null) {
            // Files that one of Delta's commands picked for itself: the command tells which table it reads.
            return null;
        }
        return new DataSource(
                table == null ? null : table.identifier().unquotedString(), paths, format, files.schema(), version);
    }

    /** A table of Spark's second interface. */
    private static DataSource relation2(LogicalPlan node, long time) {
        Table table = Members.of(Table.class, node, "table");
        if (table == null) {
            return null;
        }
        Object options = Members.of(table, "jdbcOptions");
        if (options != null) {
            return jdbcRelation(options, node.schema());
        }
        return CatalogData.of(table, Members.of(node, "catalog"), Members.of(node, "identifier"), columns(node), time);
    }

    /** Returns a table's own columns: a {@code MERGE} reads others beside them, which tell where each row lies. */
    private static StructType columns(LogicalPlan node) {
        return new StructType(Arrays.stream(node.schema().fields())
                .filter(field -> !field.metadata().contains(METADATA_COLUMN))
                .toArray(StructField[]::new));
    }

    private static DataSource jdbcRelation(Object options, StructType schema) {
        return jdbc(
                Members.of(String.class, options, "url"), Members.of(String.class, options, "tableOrQuery"), schema);
    }

    private static DataSource jdbc(String url, String tableOrQuery, StructType schema) {
        return url == null
                ? null
                : new DataSource(
                        JdbcUrls.tableName(tableOrQuery),
                        List.of(JdbcUrls.withoutCredentials(url)),
                        "jdbc",
                        schema,
                        null);
    }

    static DataSource kafka(String servers, String topics, StructType schema) {
        return new DataSource(topics, List.of(PlaceUris.KAFKA + servers), "kafka", schema, null);
    }

    /** Delta's log, which Delta reads as a table of its own. */
    private static boolean isBookkeeping(List<String> paths) {
        return !paths.isEmpty() && paths.stream().allMatch(path -> path.contains("/_delta_log"));
    }

    /** Spark reads a file of CSV or JSON as text to learn its columns: told by an option that no user gives. */
    private static boolean isInference(String format, Map<String, String> options) {
        return format.equals("text") && options.keySet().stream().anyMatch("__globPaths__"::equalsIgnoreCase);
    }

    static boolean isOf(Object value, String simpleName) {
        for (Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
            if (type.getSimpleName().equals(simpleName)) {
                return true;
            }
        }
        return Arrays.stream(value.getClass().getInterfaces())
                .anyMatch(type -> type.getSimpleName().equals(simpleName));
    }
}
