package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.types.StructType;

/** Describes where a command writes to, whichever of Spark's interfaces, Delta or Iceberg it goes by. */
final class WrittenData {
    private WrittenData() {}

    /**
     * Returns what a command has written, or {@code null} if it is none that writes data.
     *
     * @param endTime when it ended, in milliseconds since the epoch
     */
    static DataSource of(LogicalPlan command, SparkSession session, long endTime) {
        return switch (command.getClass().getSimpleName()) {
            case "InsertIntoHadoopFsRelationCommand" -> files(command, session);
            case "InsertIntoHiveTable", "CreateDataSourceTableAsSelectCommand" ->
                ReadData.table(Members.of(CatalogTable.class, command, "table"), query(command));
            case "CreateHiveTableAsSelectCommand", "OptimizedCreateHiveTableAsSelectCommand" ->
                ReadData.table(Members.of(CatalogTable.class, command, "tableDesc"), query(command));
            case "InsertIntoHiveDirCommand" -> directory(command);
            case "InsertIntoDataSourceCommand" -> target(command) == null ? null : ReadData.of(target(command));
            case "SaveIntoDataSourceCommand" -> saved(command, endTime);
            case "AppendData",
                    "OverwriteByExpression",
                    "OverwritePartitionsDynamic",
                    "ReplaceData",
                    "WriteDelta",
                    "DeleteFromTable" -> versioned(target(command), endTime);
            case "CreateTableAsSelect", "ReplaceTableAsSelect" -> created(command);
            case "MergeIntoCommand" -> changed(command, Members.of(command, "targetFileIndex", "deltaLog"), endTime);
            case "UpdateCommand" -> changed(command, Members.of(command, "tahoeFileIndex", "deltaLog"), endTime);
            case "DeleteCommand" -> changed(command, Members.of(command, "deltaLog"), endTime);
            default -> null;
        };
    }

    /** Returns the relation that a command writes to, or {@code null} if it has none. */
    private static LogicalPlan target(LogicalPlan command) {
        return switch (command.getClass().getSimpleName()) {
            case "InsertIntoDataSourceCommand" -> Members.of(LogicalPlan.class, command, "logicalRelation");
            case "AppendData", "OverwriteByExpression", "OverwritePartitionsDynamic", "DeleteFromTable" ->
                Members.of(LogicalPlan.class, command, "table");
            case "ReplaceData", "WriteDelta" -> Members.of(LogicalPlan.class, command, "originalTable");
            default -> null;
        };
    }

    private static DataSource table(CatalogTable table, LogicalPlan command, SparkSession session) {
        DataSource source = ReadData.table(table, query(command));
        return source == null
                ? null
                : new DataSource(name(table, session), source.paths(), source.format(), source.schema(), null);
    }

    /** Returns a table's whole name: a command that creates one may know but its last part. */
    private static String name(CatalogTable table, SparkSession session) {
        boolean isWhole = table.identifier().database().isDefined() || session == null;
        return (isWhole ? "" : "spark_catalog." + session.catalog().currentDatabase() + ".")
                + table.identifier().unquotedString();
    }

    private static DataSource files(LogicalPlan command, SparkSession session) {
        CatalogTable table = Members.of(CatalogTable.class, command, "catalogTable");
        return new DataSource(
                table == null ? null : name(table, session),
                List.of(String.valueOf(Members.of(command, "outputPath"))),
                ReadData.formatName(Members.of(command, "fileFormat")),
                query(command),
                null);
    }

    private static DataSource directory(LogicalPlan command) {
        Object location = Members.of(command, "storage", "locationUri");
        return location == null
                ? null
                : new DataSource(null, List.of(location.toString()), "hive", query(command), null);
    }

    private static DataSource saved(LogicalPlan command, long endTime) {
        if (!(Members.of(command, "options") instanceof scala.collection.Map<?, ?> options)) {
            return null;
        }
        Map<String, String> byName = ScalaInterop.map(options).entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().toString(), entry -> entry.getValue()
                        .toString()));
        Object provider = Members.of(command, "dataSource");
        DataSource source = ReadData.options(ReadData.formatName(provider), byName, query(command));
        return source != null && source.format().equals("delta")
                ? DeltaVersions.writtenTo(source, provider, endTime)
                : source;
    }

    private static DataSource versioned(LogicalPlan relation, long endTime) {
        DataSource source = relation == null ? null : ReadData.of(innermost(relation));
        if (source == null) {
            return null;
        }
        Object table = Members.of(innermost(relation), "table");
        return switch (source.format()) {
            case "delta" -> source.withVersion(DeltaVersions.current(Members.field(table, "deltaLog"), endTime));
            case "iceberg" -> source.withVersion(IcebergSnapshots.asOf(Members.of(table, "table"), endTime));
            default -> source;
        };
    }

    private static DataSource created(LogicalPlan command) {
        Identifier identifier = Members.of(Identifier.class, command, "tableName");
        String provider = Members.of(String.class, command, "tableSpec", "provider");
        return identifier == null
                ? null
                : new DataSource(
                        CatalogData.name(Members.of(command, "name", "catalog"), identifier),
                        List.of(),
                        provider == null ? "table" : provider,
                        query(command),
                        null);
    }

    private static DataSource changed(LogicalPlan command, Object deltaLog, long endTime) {
        LogicalPlan target = Members.of(LogicalPlan.class, command, "target");
        DataSource source = target == null ? null : ReadData.of(innermost(target));
        return source == null ? null : source.withVersion(DeltaVersions.current(deltaLog, endTime));
    }

    /** Returns the relation below aliases and projections. */
    private static LogicalPlan innermost(LogicalPlan plan) {
        LogicalPlan current = plan;
        while (ScalaInterop.list(current.children()).size() == 1) {
            current = ScalaInterop.list(current.children()).get(0);
        }
        return current;
    }

    private static StructType query(LogicalPlan command) {
        LogicalPlan query = Members.of(LogicalPlan.class, command, "query");
        return query == null ? new StructType() : query.schema();
    }
}
