package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.mllib.ScalaInterop;
import io.sparkmlflow.mllib.SparkColumns;
import io.sparkmlflow.model.PythonJson;
import io.sparkmlflow.model.SignatureJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;

/**
 * Files or a table that a query reads.
 *
 * @param table the catalog's name of the table, or {@code null} if it was read by path
 * @param paths the roots that were asked for
 * @param format Spark's short name, e.g. {@code csv}
 */
record DataSource(String table, List<String> paths, String format, StructType schema) {
    /** Finds the sources of an analyzed plan. Spark reads a file as text to learn its columns: that is not a source. */
    static List<DataSource> of(LogicalPlan plan) {
        List<DataSource> sources = new ArrayList<>();
        collect(plan, sources);
        return sources;
    }

    private static void collect(LogicalPlan plan, List<DataSource> sources) {
        if (plan instanceof LogicalRelation logical && logical.relation() instanceof HadoopFsRelation files) {
            String format = formatName(files.fileFormat());
            if (!format.equals("text")) {
                List<String> paths = ScalaInterop.list(files.location().rootPaths()).stream()
                        .map(Path::toString)
                        .toList();
                CatalogTable table = ScalaInterop.orNull(logical.catalogTable());
                sources.add(new DataSource(
                        table == null ? null : table.identifier().unquotedString(), paths, format, files.schema()));
            }
        }
        ScalaInterop.list(plan.children()).forEach(child -> collect(child, sources));
    }

    /** Returns the line of the tag {@code sparkDatasourceInfo}, in the words of Python's {@code mlflow.spark.autolog}. */
    String tagLine() {
        return "path=" + (paths.isEmpty() ? "unknown" : paths.get(0)) + ",format=" + format;
    }

    /** Returns MLflow's description of this source. */
    Dataset toDataset() {
        return new Dataset(
                name(),
                digest(),
                "spark",
                sourceJson(),
                SignatureJson.datasetSchema(SparkColumns.of(schema)),
                "{\"approx_count\": \"unknown\"}");
    }

    /** Returns the table's name, or the last name of the path. */
    String name() {
        return table != null ? table : paths.isEmpty() ? "dataset" : new Path(paths.get(0)).getName();
    }

    /** Returns the JSON by which Python's {@code SparkDatasetSource} finds the data again. */
    String sourceJson() {
        var node = JsonNodeFactory.instance.objectNode();
        if (table != null) {
            node.put("table_name", table);
        } else if (!paths.isEmpty()) {
            node.put("path", paths.get(0));
        }
        return PythonJson.compact(node);
    }

    private String digest() {
        return Digests.of((table + "\n" + String.join("\n", paths) + "\n" + format + "\n" + schema.json())
                .getBytes(StandardCharsets.UTF_8));
    }

    private static String formatName(FileFormat format) {
        return format instanceof DataSourceRegister named
                ? named.shortName()
                : format.getClass().getSimpleName();
    }
}
