package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.mllib.SparkColumns;
import io.sparkmlflow.model.PythonJson;
import io.sparkmlflow.model.SignatureJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.StructType;

/**
 * Files, a table or another place that a query reads or writes, without credentials.
 *
 * @param table the catalog's or the database's name of the table, or {@code null} if it has none
 * @param paths the roots that were asked for, or the URL of a database or broker
 * @param format Spark's short name, e.g. {@code csv}
 * @param version Delta's version or Iceberg's snapshot, or {@code null} if there is none or it is not known for certain
 */
record DataSource(String table, List<String> paths, String format, StructType schema, Long version) {
    private static final String DELTA = "delta";
    private static final String ICEBERG = "iceberg";
    private static final int MAX_NAME_LENGTH = 500;
    private static final SchemaTexts COLUMNS = new SchemaTexts();

    /** Azure's stores have the name of a container where others have a user's: {@code abfss://container@account/…}. */
    private static final Pattern WITH_CONTAINER = Pattern.compile("(?:abfss?|wasbs?)://[^:@/]+@[^@]*");

    DataSource {
        paths = paths.stream().map(DataSource::withoutCredentials).toList();
    }

    private static String withoutCredentials(String path) {
        return WITH_CONTAINER.matcher(path).matches() ? path : MlflowConfig.withoutUserInfo(path);
    }

    /** Finds the sources that an analyzed plan reads. */
    static List<DataSource> of(LogicalPlan plan) {
        return PlanData.of(plan).stream()
                .filter(DataUse::isRead)
                .map(DataUse::source)
                .toList();
    }

    DataSource withVersion(Long another) {
        return new DataSource(table, paths, format, schema, another);
    }

    /**
     * Returns the line of the tag {@code sparkDatasourceInfo}, in the words of Python's {@code mlflow.spark.autolog}. A table
     * that is known by its name alone stands in the place of the path.
     */
    String tagLine() {
        String path = !paths.isEmpty() ? paths.get(0) : table == null ? "unknown" : table;
        return "path=" + path + (isDelta() ? ",version=" + (version == null ? "unknown" : version) : "") + ",format="
                + format;
    }

    /** Returns MLflow's description of this source. */
    Dataset toDataset() {
        return toDataset("");
    }

    /**
     * Returns MLflow's description of this source.
     *
     * @param salt what makes it another dataset than the same source without it; empty for none
     */
    Dataset toDataset(String salt) {
        return new Dataset(
                name(),
                Digests.of((identity() + salt).getBytes(StandardCharsets.UTF_8)),
                sourceType(),
                sourceJson(),
                SignatureJson.datasetSchema(SparkColumns.described(schema)),
                "{\"approx_count\": \"unknown\"}");
    }

    /** Returns the table's name, or the last name of the path. */
    String name() {
        String name = table != null ? table : paths.isEmpty() ? "dataset" : lastName(paths.get(0));
        return name.substring(0, Math.min(name.length(), MAX_NAME_LENGTH));
    }

    /** Returns the type by which Python's {@code mlflow.data} finds the class that loads it. */
    String sourceType() {
        return isDelta() ? "delta_table" : "spark";
    }

    /** Returns the JSON by which Python's {@code DeltaDatasetSource} or {@code SparkDatasetSource} finds the data again. */
    String sourceJson() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        if (isDelta()) {
            node.put(table != null ? "delta_table_name" : "path", table != null ? table : paths.get(0));
            if (version != null) {
                node.put("delta_table_version", version);
            }
        } else if (isElsewhere() && !paths.isEmpty()) {
            node.put("path", paths.get(0));
            node.put("format", format);
            if (table != null) {
                node.put("dbtable", table);
            }
        } else if (table != null) {
            node.put("table_name", table);
            if (version != null) {
                node.put("snapshot_id", version);
            }
        } else if (!paths.isEmpty()) {
            node.put("path", paths.get(0));
        }
        return PythonJson.compact(node);
    }

    /**
     * Returns what makes two uses of the same data the same: a table is known by its name, wherever it lies, and neither the
     * order of the columns nor whether they may be null is the same when it is written as when it is read.
     */
    String identity() {
        return (table != null && !isElsewhere() ? "" : String.join("\n", paths)) + "\n" + table + "\n" + format + "\n"
                + version + "\n" + columns();
    }

    /**
     * Returns whether another description of what one command writes says more. Spark writes the files of a new table in an execution
     * that does not know the table, and where Iceberg's table is filled its snapshot is known, which it is not where it is made.
     */
    boolean isPartOf(DataSource other) {
        boolean isFilesOf = table == null && other.table != null && other.paths.isEmpty();
        boolean lacksVersion = table != null && table.equals(other.table) && version == null && other.version != null;
        return (isFilesOf || lacksVersion)
                && format.equals(other.format)
                && columns().equals(other.columns());
    }

    private String columns() {
        return COLUMNS.of(schema);
    }

    private boolean isDelta() {
        return format.equals(DELTA) && (table != null || !paths.isEmpty());
    }

    /** Returns whether Spark's catalog does not know the name of the table. */
    private boolean isElsewhere() {
        return !format.equals(ICEBERG) && !paths.isEmpty() && PlaceUris.isServer(paths.get(0));
    }

    private static String lastName(String path) {
        if (PlaceUris.isServer(path)) {
            return "query";
        }
        String name = new Path(path).getName();
        return name.isEmpty() ? path : name;
    }
}
