package io.sparkmlflow.store.sql;

import io.sparkmlflow.entities.Metric;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Tables {@code metrics}, {@code latest_metrics} and {@code logged_model_metrics}. SQL has neither NaN nor the infinities:
 * NaN is 0 with a flag, an infinity is the largest number of its sign, as MLflow writes them.
 */
final class MetricsTable {
    /** Which of two points of a metric is the later one. */
    private static final Comparator<Metric> BY_TIME = Comparator.comparingLong(Metric::step)
            .thenComparingLong(Metric::timestamp)
            .thenComparingDouble(metric -> stored(metric.value()));

    private MetricsTable() {}

    /** Adds points; one that is there already is left as it is. */
    static void log(Session session, String runId, long experimentId, List<Metric> metrics) throws SQLException {
        if (metrics.isEmpty()) {
            return;
        }
        // Sorted: two writers that lock rows in one order cannot lock each other out.
        Map<String, Metric> latest = new TreeMap<>();
        try (RowInserts points = new RowInserts(
                session,
                "INSERT INTO metrics (\"key\", value, timestamp, run_uuid, step, is_nan)",
                6,
                session.dialect().orSkip("\"key\""))) {
            for (Metric metric : metrics) {
                points.add(
                        metric.key(),
                        stored(metric.value()),
                        metric.timestamp(),
                        runId,
                        metric.step(),
                        Double.isNaN(metric.value()));
                latest.merge(metric.key(), metric, (a, b) -> BY_TIME.compare(b, a) > 0 ? b : a);
            }
            points.execute();
        }
        try (Session.Batch rows =
                session.batch("INSERT INTO latest_metrics (\"key\", value, timestamp, step, is_nan, run_uuid)"
                        + " VALUES (?, ?, ?, ?, ?, ?)" + session.dialect().orReplaceEarlierPoint())) {
            for (Metric metric : latest.values()) {
                rows.add(
                        metric.key(),
                        stored(metric.value()),
                        metric.timestamp(),
                        metric.step(),
                        Double.isNaN(metric.value()),
                        runId);
            }
            rows.execute();
        }
        logForModels(session, runId, experimentId, metrics);
    }

    /** A point that belongs to a logged model is also kept with that model. */
    private static void logForModels(Session session, String runId, long experimentId, List<Metric> metrics)
            throws SQLException {
        List<String> modelIds = metrics.stream()
                .map(Metric::modelId)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        if (modelIds.isEmpty()) {
            return;
        }
        for (String modelId : modelIds) {
            LoggedModelsTable.experimentOf(session, modelId);
        }
        try (Session.Batch batch = session.batch(
                "INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,"
                        + " experiment_id, run_id, dataset_uuid, dataset_name, dataset_digest)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)"
                        + session.dialect().orSkip("metric_name"))) {
            for (Metric metric : metrics) {
                if (metric.modelId() != null) {
                    batch.add(
                            metric.modelId(),
                            metric.key(),
                            metric.timestamp(),
                            metric.step(),
                            stored(metric.value()),
                            experimentId,
                            runId,
                            metric.datasetName(),
                            metric.datasetDigest());
                }
            }
            batch.execute();
        }
    }

    /** Returns the latest point of each metric, by run, in the order of their keys. */
    static Map<String, List<Metric>> latest(Session session, List<String> runIds) throws SQLException {
        Map<String, List<Metric>> latest = new HashMap<>();
        for (List<String> chunk : Session.chunks(runIds)) {
            session.each(
                    "SELECT run_uuid, \"key\", value, timestamp, step, is_nan FROM latest_metrics WHERE run_uuid IN "
                            + Session.marks(chunk.size()) + " ORDER BY \"key\"",
                    row -> latest.computeIfAbsent(row.getString("run_uuid"), id -> new ArrayList<>())
                            .add(point(row)),
                    chunk.toArray());
        }
        return latest;
    }

    static List<Metric> history(Session session, String runId, String key, long offset, int limit) throws SQLException {
        return session.list(
                "SELECT \"key\", value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ? AND \"key\" = ?"
                        + " ORDER BY timestamp, step, value LIMIT ? OFFSET ?",
                MetricsTable::point,
                runId,
                key,
                limit,
                offset);
    }

    /** Returns all points of models, by model. */
    static Map<String, List<Metric>> ofModels(Session session, List<String> modelIds) throws SQLException {
        Map<String, List<Metric>> metrics = new HashMap<>();
        for (List<String> chunk : Session.chunks(modelIds)) {
            session.each(
                    "SELECT model_id, metric_name, metric_value, metric_timestamp_ms, metric_step, dataset_name,"
                            + " dataset_digest FROM logged_model_metrics WHERE model_id IN "
                            + Session.marks(chunk.size())
                            + " ORDER BY metric_name, metric_timestamp_ms, metric_step, run_id",
                    row -> metrics.computeIfAbsent(row.getString("model_id"), id -> new ArrayList<>())
                            .add(new Metric(
                                    row.getString("metric_name"),
                                    row.getDouble("metric_value"),
                                    row.getLong("metric_timestamp_ms"),
                                    row.getLong("metric_step"),
                                    row.getString("model_id"),
                                    row.getString("dataset_name"),
                                    row.getString("dataset_digest"))),
                    chunk.toArray());
        }
        return metrics;
    }

    private static Metric point(ResultSet row) throws SQLException {
        return new Metric(
                row.getString("key"),
                row.getBoolean("is_nan") ? Double.NaN : row.getDouble("value"),
                row.getLong("timestamp"),
                row.getLong("step"));
    }

    private static double stored(double value) {
        if (Double.isNaN(value)) {
            return 0;
        }
        return Math.max(-Double.MAX_VALUE, Math.min(Double.MAX_VALUE, value));
    }
}
