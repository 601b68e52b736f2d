package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.types.StructType;

/** Describes what a streaming query reads and writes as a whole, not what a micro-batch does. */
final class StreamData {
    private final Configuration hadoopConf;

    StreamData(Configuration hadoopConf) {
        this.hadoopConf = hadoopConf;
    }

    /** Returns the data that a leaf of a query's analyzed plan stands for, or {@code null} if it stands for none. */
    DataSource read(LogicalPlan leaf) {
        return switch (leaf.getClass().getSimpleName()) {
            case "StreamingRelation" -> readByOptions(leaf);
            case "StreamingRelationV2" -> readByTable(leaf);
            default -> null;
        };
    }

    private DataSource readByOptions(LogicalPlan relation) {
        Object source = Members.of(relation, "dataSource");
        CatalogTable table = Members.of(CatalogTable.class, source, "catalogTable");
        return table != null
                ? ReadData.table(table, relation.schema())
                : place(
                        format(Members.of(String.class, source, "className")),
                        options(Members.of(source, "options")),
                        "subscribe",
                        relation.schema());
    }

    private DataSource readByTable(LogicalPlan relation) {
        Table table = Members.of(Table.class, relation, "table");
        Object identifier = Members.of(relation, "identifier");
        if (table != null && identifier != null) {
            return withoutVersion(CatalogData.of(
                    table, Members.of(relation, "catalog"), identifier, relation.schema(), Long.MAX_VALUE));
        }
        return place(
                format(Members.of(String.class, relation, "sourceName")),
                options(Members.of(relation, "extraOptions")),
                "subscribe",
                relation.schema());
    }

    /**
     * Returns where a query writes to, or {@code null} if that is no stored data: a console, memory, a user's function.
     *
     * @param query the object that runs it
     */
    DataSource written(Object query, StructType schema) {
        Object plan = Members.field(query, "plan");
        CatalogTable table = Members.of(CatalogTable.class, plan, "catalogTable");
        if (table != null) {
            return ReadData.table(table, schema);
        }
        Table sink = Members.of(Table.class, query, "sink");
        if (sink == null) {
            return null;
        }
        if (Members.of(plan, "catalogAndIdent") instanceof scala.Tuple2<?, ?> named) {
            return withoutVersion(CatalogData.of(sink, named._1(), named._2(), schema, Long.MAX_VALUE));
        }
        Map<String, String> options = options(Members.field(query, "extraOptions"));
        return switch (sink.getClass().getSimpleName()) {
            case "FileStreamSink" -> files(sink, schema);
            case "DeltaSink" -> place("delta", options, "topic", schema);
            case "ForeachBatchSink", "ForeachWriterTable", "ConsoleTable$", "NoopTable$", "MemorySink" -> null;
            default -> place(format(sink.getClass().getSimpleName()), options, "topic", schema);
        };
    }

    private DataSource files(Table sink, StructType schema) {
        Object path = Members.field(sink, "path");
        Object format = Members.field(sink, "fileFormat");
        return path == null || format == null
                ? null
                : new DataSource(null, List.of(qualified(path.toString())), ReadData.formatName(format), schema, null);
    }

    private DataSource place(String format, Map<String, String> options, String topicOption, StructType schema) {
        if (options.containsKey("kafka.bootstrap.servers")) {
            return ReadData.kafka(options.get("kafka.bootstrap.servers"), options.get(topicOption), schema);
        }
        if (options.get("path") != null) {
            options.put("path", qualified(options.get("path")));
        }
        return ReadData.options(format, options, schema);
    }

    /** Returns a path as queries over the same files have it, without asking the file system. */
    private String qualified(String text) {
        Path path = new Path(text);
        boolean isRelative = !path.isAbsolute();
        if (isRelative && !"file".equals(FileSystem.getDefaultUri(hadoopConf).getScheme())) {
            return text;
        }
        return path.makeQualified(FileSystem.getDefaultUri(hadoopConf), new Path(System.getProperty("user.dir")))
                .toString();
    }

    private static DataSource withoutVersion(DataSource source) {
        return source == null ? null : source.withVersion(null);
    }

    /** Returns the short name of a data source that may be given by the name of its class. */
    private static String format(String name) {
        if (name == null) {
            return "stream";
        }
        String last = name.substring(name.lastIndexOf('.') + 1);
        return last.replaceAll("(DataSource|FileFormat|Provider|Table|Sink)\\$?$", "")
                .toLowerCase(Locale.ROOT);
    }

    private static Map<String, String> options(Object options) {
        Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        Map<?, ?> given = options instanceof scala.collection.Map<?, ?> scala
                ? ScalaInterop.map(scala)
                : options instanceof Map<?, ?> java ? java : new HashMap<>();
        given.forEach((name, value) -> byName.put(String.valueOf(name), String.valueOf(value)));
        return byName;
    }
}
