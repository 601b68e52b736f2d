package io.sparkmlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmlflow.udf.ModelExpressionException;
import io.sparkmlflow.udf.RegistryModelSource;
import io.sparkmlflow.udf.RowModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Scores single rows with an MLlib model in the calling thread: no Spark session, no job, microseconds instead of the tens
 * of milliseconds of a {@code transform}. The values are those of {@code transform}, bit for bit.
 *
 * <pre>{@code
 * RowScorer churn = RowScorer.load("models:/churn@champion");
 * Object prediction = churn.predict(Map.of("age", 42, "plan", "pro"));
 * Object probability = churn.score(Map.of("age", 42, "plan", "pro")).get("probability");
 * }</pre>
 *
 * <p>Loading reads the model with Spark: with the session of the process, or with a local one that is closed again. Spark's
 * jars must be there when rows are scored, too. Safe for use by several threads.
 *
 * <p>Values are Java's: numbers that lose nothing in the column's type, strings, booleans, lists, maps for structs, and MLlib's
 * {@code Vector}, {@code double[]} or a list for a vector. Outputs are numbers, strings, lists and vectors. All methods throw
 * {@link ModelExpressionException} with one sentence for a row that lacks a column, has a wrong value, or that the model
 * refuses; a row that {@code transform} would drop ({@code handleInvalid=skip}) gives null.
 */
public final class RowScorer {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final RowModel model;

    private RowScorer(RowModel model) {
        this.model = model;
    }

    /**
     * Loads a model whose signature says what it takes.
     *
     * @param uri {@code models:/…}, {@code runs:/…}, an artifact URI or a path
     * @throws ModelExpressionException if the model can't be loaded, has no signature, or can't be a function of one row (a
     *     recommender needs a join)
     */
    public static RowScorer load(String uri) {
        return new RowScorer(RowModel.load(new RegistryModelSource(), uri, null));
    }

    /**
     * Loads a model for rows of the given columns.
     *
     * @param inputs the columns and their types in SQL's words, such as {@code age INT, city STRING}; a vector is an {@code
     *     ARRAY<DOUBLE>}
     */
    public static RowScorer load(String uri, String inputs) {
        return new RowScorer(RowModel.load(new RegistryModelSource(), uri, StructType.fromDDL(inputs)));
    }

    /** Returns the names of the columns in the order in which lists have their values. */
    public List<String> inputNames() {
        return List.of(model.inputs().fieldNames());
    }

    /** Returns the names of the columns that the model adds, in order. */
    public List<String> outputNames() {
        return model.outputNames();
    }

    /** Predicts from values by column name; columns that the model doesn't read are passed over. */
    public Object predict(Map<String, ?> row) {
        return model.predict(values(row));
    }

    /** Predicts from values in the order of {@link #inputNames}. */
    public Object predict(List<?> row) {
        return model.predict(values(row));
    }

    /** Predicts from a row, by its column names if it has a schema, else by their order. */
    public Object predict(Row row) {
        return model.predict(values(row));
    }

    /** Predicts from a JSON object with the columns' names, or an array in the order of {@link #inputNames}. */
    public Object predictJson(String json) {
        return model.predict(values(json));
    }

    /** Predicts row by row; a list or map that fails makes the whole batch fail. */
    public List<Object> predictAll(Iterable<? extends Map<String, ?>> rows) {
        List<Object> predictions = new ArrayList<>();
        rows.forEach(row -> predictions.add(predict(row)));
        return predictions;
    }

    /** Returns all outputs by name, such as {@code probability}, from values by column name. */
    public Map<String, Object> score(Map<String, ?> row) {
        return model.score(values(row));
    }

    /** Returns all outputs by name from values in the order of {@link #inputNames}. */
    public Map<String, Object> score(List<?> row) {
        return model.score(values(row));
    }

    /** Returns all outputs by name from a row, by its column names if it has a schema, else by their order. */
    public Map<String, Object> score(Row row) {
        return model.score(values(row));
    }

    /** Returns all outputs by name from a JSON object or array. */
    public Map<String, Object> scoreJson(String json) {
        return model.score(values(json));
    }

    /** Scores row by row; a row that fails makes the whole batch fail. */
    public List<Map<String, Object>> scoreAll(Iterable<? extends Map<String, ?>> rows) {
        List<Map<String, Object>> scores = new ArrayList<>();
        rows.forEach(row -> scores.add(score(row)));
        return scores;
    }

    private RowModel.Values values(Map<String, ?> row) {
        return (column, name) -> {
            Object value = row.get(name);
            if (value == null && !row.containsKey(name)) {
                throw model.missing(name, List.copyOf(row.keySet()));
            }
            return value;
        };
    }

    private RowModel.Values values(List<?> row) {
        if (row.size() != model.inputs().size()) {
            throw new ModelExpressionException("The model takes " + inputNames().size() + " values ("
                    + String.join(", ", inputNames()) + ") but was given " + row.size());
        }
        return (column, name) -> row.get(column);
    }

    private RowModel.Values values(Row row) {
        if (row.schema() == null) {
            Object[] fields = new Object[row.size()];
            for (int i = 0; i < fields.length; i++) {
                fields[i] = row.get(i);
            }
            return values(Arrays.asList(fields));
        }
        List<String> names = List.of(row.schema().fieldNames());
        return (column, name) -> {
            int place = names.indexOf(name);
            if (place < 0) {
                throw model.missing(name, names);
            }
            return row.get(place);
        };
    }

    @SuppressWarnings("unchecked")
    private RowModel.Values values(String json) {
        Object parsed;
        try {
            parsed = JSON.readValue(json, Object.class);
        } catch (JsonProcessingException e) {
            throw new ModelExpressionException(
                    "The row is not JSON: " + e.getOriginalMessage() + "; give an object such as {\"age\": 42}");
        }
        if (parsed instanceof Map<?, ?> object) {
            return values((Map<String, ?>) object);
        } else if (parsed instanceof List<?> array) {
            return values(array);
        }
        throw new ModelExpressionException("The row is not a JSON object or array but " + parsed);
    }
}
