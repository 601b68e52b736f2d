package io.sparkmlflow.listener;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is read and written inside the micro-batches of streaming queries ({@code foreachBatch}), each thing once for a query: the
 * table that each micro-batch appends to is one dataset, not one for each of its versions. Used by one thread alone.
 */
final class BatchData {
    /** A query that writes a folder for each micro-batch would have no end of them. */
    static final int MAX_FOR_EACH_QUERY = 100;

    private static final int MAX_QUERIES = 1000;

    private final Map<String, Set<String>> told = new Recent<>(MAX_QUERIES);

    /** Returns what a query was not known to use. */
    List<DataUse> news(String queryRunId, List<DataUse> uses) {
        if (uses.isEmpty()) {
            return uses;
        }
        Set<String> known = told.computeIfAbsent(queryRunId, id -> new HashSet<>());
        List<DataUse> news = new ArrayList<>();
        for (DataUse use : uses) {
            DataUse anyVersion = new DataUse(use.context(), use.source().withVersion(null));
            if (known.size() < MAX_FOR_EACH_QUERY
                    && known.add(use.context() + anyVersion.source().identity())) {
                news.add(anyVersion);
            }
        }
        return news;
    }
}
