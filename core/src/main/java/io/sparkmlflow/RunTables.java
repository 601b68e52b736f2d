package io.sparkmlflow;

import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.store.SearchRuns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables of one name that several runs have, as one table. */
final class RunTables {
    private static final Logger LOG = LoggerFactory.getLogger(RunTables.class);

    private final MlflowClient client;
    private final String artifactFile;
    private final List<String> extraColumns;

    RunTables(MlflowClient client, String artifactFile, List<String> extraColumns) {
        this.client = client;
        this.artifactFile = artifactFile;
        this.extraColumns = extraColumns;
    }

    /**
     * @param runIds the runs to look at; empty for all of the experiment
     */
    Table load(String experimentId, List<String> runIds) {
        List<Run> runs = find(experimentId, runIds);
        if (runs.isEmpty()) {
            throw MlflowException.notFound(
                    "No run has the table '" + artifactFile + "': expected one that logTable wrote,"
                            + " in the experiment " + experimentId
                            + (runIds.isEmpty() ? "" : " and to one of the runs " + runIds));
        }
        if (!runIds.isEmpty() && runs.size() < runIds.stream().distinct().count()) {
            LOG.warn("Not all of the runs have the table '{}'; the others are skipped.", artifactFile);
        }
        Table all = null;
        for (Run run : runs) {
            Table table = widened(client.loadTable(run.info().runId(), artifactFile), run);
            all = all == null ? table : all.followedBy(table);
        }
        return all;
    }

    /** Runs with the table, the newest first: what lets too many through in the filter is looked at closely here. */
    private List<Run> find(String experimentId, List<String> runIds) {
        String filter = "tags.`" + MlflowTags.LOGGED_ARTIFACTS + "` LIKE '%\"table\"%'";
        if (!runIds.isEmpty()) {
            filter += runIds.stream()
                    .map(id -> "'" + id.replace("'", "''") + "'")
                    .collect(Collectors.joining(",", " AND attributes.run_id IN (", ")"));
        }
        List<Run> found = new ArrayList<>();
        SearchRuns search = SearchRuns.in(experimentId).withFilter(filter);
        String token = null;
        do {
            Page<Run> page = client.searchRuns(search.withPageToken(token));
            page.items().stream().filter(this::hasTable).forEach(found::add);
            token = page.nextPageToken();
        } while (token != null);
        return found;
    }

    private boolean hasTable(Run run) {
        String tag = run.data().tags().get(MlflowTags.LOGGED_ARTIFACTS);
        return tag != null && ArtifactTexts.withTable(tag, artifactFile).equals(tag);
    }

    private Table widened(Table table, Run run) {
        if (extraColumns.isEmpty()) {
            return table;
        }
        List<String> columns = new ArrayList<>(table.columns());
        List<Object> extra = new ArrayList<>();
        for (String name : extraColumns) {
            String column = name;
            while (columns.contains(column)) {
                column += "_";
            }
            columns.add(column);
            extra.add(value(run, name));
        }
        List<List<Object>> rows = new ArrayList<>();
        for (List<Object> row : table.rows()) {
            List<Object> wide = new ArrayList<>(row);
            wide.addAll(extra);
            rows.add(wide);
        }
        return new Table(columns, rows);
    }

    private static Object value(Run run, String name) {
        String[] parts = name.split("\\.", 2);
        String key = parts.length == 2 ? parts[1] : "";
        RunInfo info = run.info();
        Map<String, String> tags = run.data().tags();
        return switch (parts[0]) {
            case "params" -> run.data().params().get(key);
            case "tags" -> tags.get(key);
            case "metrics" ->
                run.data().metric(key).map(metric -> (Object) metric.value()).orElse(null);
            case "run_id" -> info.runId();
            case "experiment_id" -> info.experimentId();
            case "status" -> info.status().name();
            case "artifact_uri" -> info.artifactUri();
            case "start_time" -> info.startTime();
            case "end_time" -> info.endTime();
            default ->
                throw MlflowException.invalidParameter("'" + name + "' is no column of runs: expected run_id,"
                        + " experiment_id, status, artifact_uri, start_time, end_time, or params., tags. or metrics. with a"
                        + " key");
        };
    }
}
