package io.sparkmlflow.store.sql;

import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tables {@code datasets}, {@code inputs} and {@code input_tags}: a graph whose edges lead from a dataset to the run that
 * used it (DATASET to RUN), and from a run to a model that it used (RUN_INPUT to MODEL_INPUT) or produced (RUN_OUTPUT to
 * MODEL_OUTPUT).
 */
final class InputsTable {
    private static final String INSERT_EDGE =
            "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)"
                    + " VALUES (?, ?, ?, ?, ?, ?)";

    private InputsTable() {}

    /** Records the datasets that a run used. A dataset that the run has already keeps the tags that it has. */
    static void addDatasets(Session session, String runId, long experimentId, List<DatasetInput> inputs)
            throws SQLException {
        for (DatasetInput input : inputs) {
            String datasetId = datasetId(session, experimentId, input.dataset());
            if (isUsed(session, datasetId, runId)) {
                continue;
            }
            String edgeId = Ids.random();
            session.update(INSERT_EDGE, edgeId, "DATASET", datasetId, "RUN", runId, 0L);
            for (Map.Entry<String, String> tag : input.tags().entrySet()) {
                session.update(
                        "INSERT INTO input_tags (input_uuid, name, value) VALUES (?, ?, ?)",
                        edgeId,
                        tag.getKey(),
                        tag.getValue());
            }
        }
    }

    private static boolean isUsed(Session session, String datasetId, String runId) throws SQLException {
        return session.find(
                        "SELECT 1 FROM inputs WHERE source_type = 'DATASET' AND source_id = ?"
                                + " AND destination_type = 'RUN' AND destination_id = ?",
                        row -> true,
                        datasetId,
                        runId)
                .isPresent();
    }

    /** Returns the id of the dataset of that experiment, name and digest; adds it if there is none. */
    private static String datasetId(Session session, long experimentId, Dataset dataset) throws SQLException {
        Optional<String> known = session.find(
                "SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?",
                row -> row.getString(1),
                experimentId,
                dataset.name(),
                dataset.digest());
        if (known.isPresent()) {
            return known.get();
        }
        String id = Ids.random();
        session.update(
                "INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source,"
                        + " dataset_schema, dataset_profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                experimentId,
                dataset.name(),
                dataset.digest(),
                dataset.sourceType(),
                dataset.source(),
                dataset.schema(),
                dataset.profile());
        return id;
    }

    /** Records models that a run used; one that is recorded already is left as it is. */
    static void addModels(Session session, String runId, List<ModelInput> models) throws SQLException {
        for (ModelInput model : models) {
            session.update(
                    INSERT_EDGE + session.dialect().orSkip("source_id"),
                    Ids.random(),
                    "RUN_INPUT",
                    runId,
                    "MODEL_INPUT",
                    model.modelId(),
                    0L);
        }
    }

    /** Records models that a run produced; one that is recorded already is left as it is. */
    static void addOutputs(Session session, String runId, List<ModelOutput> models) throws SQLException {
        for (ModelOutput model : models) {
            session.update(
                    INSERT_EDGE + session.dialect().orSkip("source_id"),
                    Ids.random(),
                    "RUN_OUTPUT",
                    runId,
                    "MODEL_OUTPUT",
                    model.modelId(),
                    model.step());
        }
    }

    /** Returns the datasets that runs used, by run. */
    static Map<String, List<DatasetInput>> datasetsOf(Session session, List<String> runIds) throws SQLException {
        Map<String, List<DatasetInput>> byRun = new HashMap<>();
        for (List<String> chunk : Session.chunks(runIds)) {
            Map<String, Map<String, String>> tags = new HashMap<>();
            session.each(
                    "SELECT t.input_uuid, t.name, t.value FROM input_tags t JOIN inputs i ON i.input_uuid = t.input_uuid"
                            + " WHERE i.destination_type = 'RUN' AND i.destination_id IN "
                            + Session.marks(chunk.size()),
                    row -> tags.computeIfAbsent(row.getString(1), id -> new LinkedHashMap<>())
                            .put(row.getString(2), row.getString(3)),
                    chunk.toArray());
            session.each(
                    "SELECT i.destination_id, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source,"
                            + " d.dataset_schema, d.dataset_profile FROM inputs i"
                            + " JOIN datasets d ON d.dataset_uuid = i.source_id"
                            + " WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN "
                            + Session.marks(chunk.size()) + " ORDER BY d.name, d.digest",
                    row -> byRun.computeIfAbsent(row.getString("destination_id"), id -> new ArrayList<>())
                            .add(new DatasetInput(
                                    new Dataset(
                                            row.getString("name"),
                                            row.getString("digest"),
                                            row.getString("dataset_source_type"),
                                            row.getString("dataset_source"),
                                            row.getString("dataset_schema"),
                                            row.getString("dataset_profile")),
                                    tags.getOrDefault(row.getString("input_uuid"), Map.of()))),
                    chunk.toArray());
        }
        return byRun;
    }

    /** Returns the models that runs used, by run. */
    static Map<String, List<ModelInput>> modelsOf(Session session, List<String> runIds) throws SQLException {
        Map<String, List<ModelInput>> byRun = new HashMap<>();
        for (List<String> chunk : Session.chunks(runIds)) {
            session.each(
                    "SELECT source_id, destination_id FROM inputs WHERE source_type = 'RUN_INPUT'"
                            + " AND destination_type = 'MODEL_INPUT' AND source_id IN " + Session.marks(chunk.size())
                            + " ORDER BY destination_id",
                    row -> byRun.computeIfAbsent(row.getString(1), id -> new ArrayList<>())
                            .add(new ModelInput(row.getString(2))),
                    chunk.toArray());
        }
        return byRun;
    }

    /** Returns the models that runs produced, by run. */
    static Map<String, List<ModelOutput>> outputsOf(Session session, List<String> runIds) throws SQLException {
        Map<String, List<ModelOutput>> byRun = new HashMap<>();
        for (List<String> chunk : Session.chunks(runIds)) {
            session.each(
                    "SELECT source_id, destination_id, step FROM inputs WHERE source_type = 'RUN_OUTPUT'"
                            + " AND destination_type = 'MODEL_OUTPUT' AND source_id IN " + Session.marks(chunk.size())
                            + " ORDER BY step, destination_id",
                    row -> byRun.computeIfAbsent(row.getString(1), id -> new ArrayList<>())
                            .add(new ModelOutput(row.getString(2), row.getLong(3))),
                    chunk.toArray());
        }
        return byRun;
    }
}
