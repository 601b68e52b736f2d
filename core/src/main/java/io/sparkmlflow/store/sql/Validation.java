package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.model.PythonJson;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What MLflow's server accepts for keys, values and batches, refused with its words. Lengths count code points. */
public final class Validation {
    static final int MAX_KEY = 250;
    static final int MAX_PARAM_VALUE = 6_000;
    static final int MAX_RUN_TAG_VALUE = 8_000;
    static final int MAX_EXPERIMENT_NAME = 500;
    static final int MAX_EXPERIMENT_TAG_VALUE = 20_000;
    static final int MAX_ARTIFACT_LOCATION = 2_048;
    static final int MAX_METRICS = 1_000;
    static final int MAX_PARAMS_OR_TAGS = 100;
    static final int MAX_ITEMS = 1_000;
    public static final int MAX_PAGE = 50_000;

    private static final int MAX_DATASET_NAME = 500;
    private static final int MAX_DATASET_DIGEST = 36;
    private static final int MAX_DATASET_SOURCE = 65_535;
    private static final int MAX_DATASET_SCHEMA = 1_048_575;
    private static final int MAX_DATASET_PROFILE = 16_777_215;
    private static final int MAX_INPUT_TAG_KEY = 255;
    private static final int MAX_INPUT_TAG_VALUE = 500;
    private static final int SHOWN = 100;

    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");
    // On Windows a name may become a file name there, which no colon may be in.
    private static final Pattern KEY =
            Pattern.compile(WINDOWS ? "[/\\w.\\- ]*" : "[/\\w.\\- :]*", Pattern.UNICODE_CHARACTER_CLASS);
    private static final String KEY_CHARACTERS = "Names may only contain alphanumerics, underscores (_), dashes (-),"
            + " periods (.), spaces ( )" + (WINDOWS ? "" : ", colon(:)") + " and slashes (/).";

    private Validation() {}

    // ---- batches ----

    /** Checks a batch as a whole and returns what is kept of its params and tags. */
    static Batch batch(List<Metric> metrics, List<Param> params, List<Tag> tags, LongValues longValues) {
        Batch batch = anyNumber(metrics, params, tags, longValues);
        atMost(MAX_METRICS, metrics.size(), "metrics");
        atMost(MAX_PARAMS_OR_TAGS, params.size(), "params");
        atMost(MAX_PARAMS_OR_TAGS, tags.size(), "tags");
        atMost(MAX_ITEMS, metrics.size() + params.size() + tags.size(), "metrics, params, and tags");
        uniqueKeys(params);
        return batch;
    }

    /** The same for a batch that is not sent in one request and may be larger. */
    static Batch largeBatch(List<Metric> metrics, List<Param> params, List<Tag> tags, LongValues longValues) {
        Batch batch = anyNumber(metrics, params, tags, longValues);
        uniqueKeys(params);
        return batch;
    }

    private static Batch anyNumber(List<Metric> metrics, List<Param> params, List<Tag> tags, LongValues longValues) {
        // Many points have few names.
        Set<String> checkedNames = new HashSet<>();
        for (int i = 0; i < metrics.size(); i++) {
            Metric metric = metrics.get(i);
            if (metric.timestamp() < 0 || !checkedNames.contains(metric.key())) {
                metric(metric, "metrics[" + i + "].");
                checkedNames.add(metric.key());
            }
        }
        List<Param> checkedParams = new ArrayList<>(params.size());
        for (int i = 0; i < params.size(); i++) {
            checkedParams.add(param(params.get(i), "params[" + i + "].", longValues));
        }
        List<Tag> checkedTags = new ArrayList<>(tags.size());
        for (int i = 0; i < tags.size(); i++) {
            checkedTags.add(runTag(tags.get(i), "tags[" + i + "].", longValues));
        }
        return new Batch(metrics, checkedParams, checkedTags);
    }

    /** What may be written. */
    record Batch(List<Metric> metrics, List<Param> params, List<Tag> tags) {}

    private static void metric(Metric metric, String path) {
        if (metric.key() == null) {
            throw invalidValue(path + "name", null, "Metric name cannot be None. A key name must be provided.");
        }
        key(metric.key(), path + "name");
        if (metric.timestamp() < 0) {
            throw invalidValue(
                    path + "timestamp",
                    metric.timestamp(),
                    "metric '" + metric.key() + "' (value=" + metric.value()
                            + "). Timestamp must be a nonnegative long (64-bit integer) ");
        }
        limit("Metric name", MAX_KEY, metric.key());
    }

    private static Param param(Param param, String path, LongValues longValues) {
        if (param.key() == null) {
            throw invalidValue(path + "key", "", "A key name must be provided.");
        }
        key(param.key(), path + "key");
        limit("Param key", MAX_KEY, param.key());
        if (param.value() == null) {
            throw missing(path + "value");
        }
        return new Param(param.key(), longValues.fit("Param value", param.key(), MAX_PARAM_VALUE, param.value()));
    }

    /** Checks a run's tag and returns what is kept of it. */
    static Tag runTag(Tag tag, String path, LongValues longValues) {
        tagKey(tag.key(), path + "key", MAX_KEY);
        return new Tag(tag.key(), longValues.fit(path + "value", tag.key(), MAX_RUN_TAG_VALUE, tag.value()));
    }

    private static void atMost(int limit, int size, String what) {
        if (size > limit) {
            throw MlflowException.invalidParameter("A batch logging request can contain at most " + limit + " " + what
                    + ". Got " + size + " " + what + ". Please split up " + what
                    + " across multiple requests and try again.");
        }
    }

    private static void uniqueKeys(List<Param> params) {
        Set<String> seen = new HashSet<>();
        List<String> twice = params.stream()
                .map(Param::key)
                .filter(key -> !seen.add(key))
                .map(Validation::quoted)
                .toList();
        if (!twice.isEmpty()) {
            throw MlflowException.invalidParameter("Duplicate parameter keys have been submitted: " + twice
                    + ". Please ensure the request contains only one param value per param key.");
        }
    }

    // ---- experiments ----

    static void experimentName(String name) {
        if (name == null || name.isEmpty()) {
            throw MlflowException.invalidParameter("Invalid experiment name: '" + (name == null ? "None" : "") + "'");
        }
        limit("name", MAX_EXPERIMENT_NAME, name);
    }

    /** Returns the number that an experiment's id is in SQL. */
    static long experimentId(String id) {
        try {
            return Long.parseLong(id);
        } catch (NumberFormatException e) {
            throw MlflowException.invalidParameter(
                    "Invalid experiment ID '" + id + "'. Experiment ID must be a valid integer.");
        }
    }

    static void experimentTags(Map<String, String> tags) {
        tags.forEach(Validation::experimentTag);
    }

    static void experimentTag(String key, String value) {
        tagKey(key, "key", MAX_KEY);
        limit("value", MAX_EXPERIMENT_TAG_VALUE, value);
    }

    static void artifactLocation(String location) {
        if (location.startsWith("runs:")) {
            throw MlflowException.invalidParameter(
                    "Artifact location cannot be a runs:/ URI. Given: '" + location + "'");
        }
        if (codePoints(location) > MAX_ARTIFACT_LOCATION) {
            throw MlflowException.invalidParameter(
                    "Invalid artifact path length. The length of the artifact path cannot" + " be greater than "
                            + MAX_ARTIFACT_LOCATION + " characters.");
        }
    }

    // ---- datasets ----

    static void datasets(List<DatasetInput> inputs) {
        for (DatasetInput input : inputs) {
            Dataset dataset = input.dataset();
            given("Dataset", dataset);
            given("Dataset name", dataset.name());
            given("Dataset digest", dataset.digest());
            given("Dataset source_type", dataset.sourceType());
            given("Dataset source", dataset.source());
            limit("name", MAX_DATASET_NAME, dataset.name());
            limit("digest", MAX_DATASET_DIGEST, dataset.digest());
            limit("source", MAX_DATASET_SOURCE, dataset.source());
            limit("schema", MAX_DATASET_SCHEMA, dataset.schema());
            limit("profile", MAX_DATASET_PROFILE, dataset.profile());
            input.tags().forEach((key, value) -> {
                limit("key", MAX_INPUT_TAG_KEY, key);
                limit("value", MAX_INPUT_TAG_VALUE, value);
            });
        }
    }

    private static void given(String what, Object value) {
        if (value == null) {
            throw MlflowException.invalidParameter(what + " cannot be None");
        }
    }

    // ---- listings ----

    /** Checks the size of a page. */
    public static void maxResults(int maxResults, int limit) {
        if (maxResults < 1) {
            throw MlflowException.invalidParameter("Invalid value " + maxResults
                    + " for parameter 'max_results' supplied. It must be a positive integer");
        }
        if (maxResults > limit) {
            throw MlflowException.invalidParameter("Invalid value " + maxResults
                    + " for parameter 'max_results' supplied. It must be at most " + limit);
        }
    }

    // ---- names and lengths, for all ----

    static void tagKey(String key, String path, int limit) {
        if (key == null) {
            throw missing(path);
        }
        key(key, path);
        limit(path, limit, key);
    }

    private static void key(String key, String path) {
        if (!KEY.matcher(key).matches()) {
            throw invalidValue(path, key, KEY_CHARACTERS);
        }
        uniquePath(key, path);
    }

    /** Refuses a name that stands for another one if it is taken for a path. */
    static void uniquePath(String name, String path) {
        String normal = normalPath(name);
        if (!normal.equals(name) || normal.equals(".") || normal.startsWith("..") || normal.startsWith("/")) {
            throw invalidValue(
                    path,
                    name,
                    "Names may be treated as files in certain cases, and must not resolve to other names when treated as"
                            + " such. This name would resolve to " + quoted(normal));
        }
    }

    /** The path without empty, {@code .} and {@code ..} parts, by the rules of POSIX: two leading slashes stay two. */
    static String normalPath(String path) {
        String root = !path.startsWith("/") ? "" : path.startsWith("//") && !path.startsWith("///") ? "//" : "/";
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/")) {
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            boolean up = part.equals("..");
            if (up && !parts.isEmpty() && !parts.getLast().equals("..")) {
                parts.removeLast();
            } else if (!up || root.isEmpty()) {
                parts.addLast(part);
            }
        }
        String normal = root + String.join("/", parts);
        return normal.isEmpty() ? "." : normal;
    }

    static void limit(String what, int limit, String value) {
        if (value != null && codePoints(value) > limit) {
            throw MlflowException.invalidParameter(
                    "'" + what + "' exceeds the maximum length of " + limit + " characters");
        }
    }

    private static int codePoints(String value) {
        return value.codePointCount(0, value.length());
    }

    /** Makes the exception for a parameter without a value. */
    public static MlflowException missing(String parameter) {
        return MlflowException.invalidParameter("Missing value for required parameter '" + parameter + "'.");
    }

    private static MlflowException invalidValue(String parameter, Object value, String why) {
        return MlflowException.invalidParameter(
                "Invalid value " + PythonJson.compact(value) + " for parameter '" + parameter + "' supplied: " + why);
    }

    /** Returns the beginning of a text, for a message. */
    static String shown(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }

    /** Quotes a text as MLflow's messages do. */
    static String quoted(String text) {
        String quote = text.contains("'") && !text.contains("\"") ? "\"" : "'";
        String escaped = text.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
        return quote + (quote.equals("'") ? escaped.replace("'", "\\'") : escaped) + quote;
    }
}
