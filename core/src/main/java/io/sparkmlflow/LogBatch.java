package io.sparkmlflow;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.TrackingStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What goes into one request: within MLflow's limits on the number of items and on the bytes of the body; or into one
 * transaction of a store that takes more. Not safe for use by several threads.
 */
final class LogBatch {
    static final int MAX_PARAMS_OR_TAGS = 100;
    static final int MAX_ITEMS = 1000;
    static final int MAX_BYTES = 1_000_000;

    // What surrounds the texts in a request's JSON, generously.
    private static final int REQUEST_BYTES = 1_000;
    private static final int METRIC_BYTES = 200;
    private static final int KEY_VALUE_BYTES = 30;

    private final List<Metric> metrics = new ArrayList<>();
    private final List<Param> params = new ArrayList<>();
    private final List<Tag> tags = new ArrayList<>();
    private final Set<String> paramKeys = new HashSet<>();
    private final int maxItems;
    private final long maxBytes;
    private long bytes = REQUEST_BYTES;

    /** One for any store. */
    LogBatch() {
        this(MAX_ITEMS);
    }

    /** One as large as a store takes it. */
    LogBatch(TrackingStore store) {
        this(store.maxItemsTogether());
    }

    private LogBatch(int maxItems) {
        this.maxItems = maxItems;
        this.maxBytes = (long) MAX_BYTES * maxItems / MAX_ITEMS;
    }

    /** Adds a point; returns false, and leaves the batch as it is, if there is no room. */
    boolean add(Metric metric) {
        long size = METRIC_BYTES
                + jsonBytes(metric.key())
                + jsonBytes(metric.modelId())
                + jsonBytes(metric.datasetName())
                + jsonBytes(metric.datasetDigest());
        return hasRoom(metrics, maxItems, size) && metrics.add(metric);
    }

    /** Adds a param, as above. There is no room for a second one of the same key. */
    boolean add(Param param) {
        long size = KEY_VALUE_BYTES + jsonBytes(param.key()) + jsonBytes(param.value());
        return !paramKeys.contains(param.key())
                && hasRoom(params, MAX_PARAMS_OR_TAGS, size)
                && paramKeys.add(param.key())
                && params.add(param);
    }

    /** Adds a tag, as above. */
    boolean add(Tag tag) {
        long size = KEY_VALUE_BYTES + jsonBytes(tag.key()) + jsonBytes(tag.value());
        return hasRoom(tags, MAX_PARAMS_OR_TAGS, size) && tags.add(tag);
    }

    /** What is too large for any request is sent alone: the server has the word on it. */
    private boolean hasRoom(List<?> list, int limit, long size) {
        boolean fits = size() == 0 || (size() < maxItems && list.size() < limit && bytes + size <= maxBytes);
        if (fits) {
            bytes += size;
        }
        return fits;
    }

    int size() {
        return metrics.size() + params.size() + tags.size();
    }

    void sendTo(TrackingStore store, String runId) {
        store.logTogether(runId, metrics, params, tags);
    }

    /** Returns two batches, each with a half of this one's items. */
    List<LogBatch> halves() {
        LogBatch first = new LogBatch(maxItems);
        LogBatch second = new LogBatch(maxItems);
        int half = size() / 2;
        for (Param param : params) {
            (first.size() < half ? first : second).add(param);
        }
        for (Tag tag : tags) {
            (first.size() < half ? first : second).add(tag);
        }
        for (Metric metric : metrics) {
            (first.size() < half ? first : second).add(metric);
        }
        return List.of(first, second);
    }

    /** Returns the most bytes that a text may have in JSON. */
    private static long jsonBytes(String text) {
        if (text == null) {
            return 0;
        }
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20) {
                bytes += 6;
            } else if (c == '"' || c == '\\') {
                bytes += 2;
            } else {
                bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }
        return bytes;
    }
}
