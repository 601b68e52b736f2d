package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.types.StructType;

/** Describes tables of Spark's second interface: of catalogs, of files, of Delta, of Iceberg. */
final class CatalogData {
    private CatalogData() {}

    /**
     * Describes a table.
     *
     * @param catalog {@code null} if no catalog has it
     * @param identifier its name there, or {@code null}
     * @param time in milliseconds since the epoch: versions that were made later do not count
     */
    static DataSource of(Table table, Object catalog, Object identifier, StructType schema, long time) {
        if (ReadData.isOf(table, "RowLevelOperationTable")) {
            Table rewritten = Members.of(Table.class, table, "table");
            return rewritten == null ? null : of(rewritten, catalog, identifier, schema, time);
        }
        String format = format(table);
        String name = identifier instanceof Identifier known ? name(catalog, known) : null;
        List<String> paths = paths(table);
        if (name == null && paths.isEmpty()) {
            return null;
        }
        return new DataSource(name, paths, format, schema, version(table, format, time));
    }

    /** Returns a table's name with those of its catalog and its namespace. */
    static String name(Object catalog, Identifier identifier) {
        List<String> parts = new ArrayList<>();
        if (catalog instanceof CatalogPlugin plugin) {
            parts.add(plugin.name());
        }
        parts.addAll(List.of(identifier.namespace()));
        parts.add(identifier.name());
        return String.join(".", parts);
    }

    private static String format(Table table) {
        String type = table.getClass().getName();
        if (type.contains("iceberg")) {
            return "iceberg";
        }
        if (type.contains("DeltaTable")) {
            return "delta";
        }
        String name = Members.of(String.class, table, "formatName");
        String provider = name == null ? table.properties().get("provider") : name;
        return provider == null
                ? table.getClass().getSimpleName().replace("Table", "").toLowerCase(Locale.ROOT)
                : provider.toLowerCase(Locale.ROOT);
    }

    private static List<String> paths(Table table) {
        Object path = Members.of(table, "path");
        if (path != null) {
            return List.of(path.toString());
        }
        Object location = Members.of(table, "table", "location");
        if (location != null) {
            return List.of(location.toString());
        }
        return Members.of(table, "fileIndex", "rootPaths") instanceof scala.collection.Seq<?> several
                ? ScalaInterop.list(several).stream().map(Object::toString).toList()
                : List.of();
    }

    /** Returns the version that is read: the one that was asked for, or the one that was current when the table was loaded. */
    private static Long version(Table table, String format, long time) {
        return switch (format) {
            // Lazy: what nobody has read yet is not read on our account.
            case "delta" -> Members.of(Long.class, Members.field(table, "initialSnapshot"), "version");
            case "iceberg" -> {
                Long asked = Members.of(Long.class, table, "snapshotId");
                yield asked != null ? asked : IcebergSnapshots.asOf(Members.of(table, "table"), time);
            }
            default -> null;
        };
    }
}
