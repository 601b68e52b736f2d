package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * What is known of a streaming query when it starts, from the object that runs it. Spark's events do not lead there; the sessions'
 * shared state does, whose map of queries is asked without waiting. If a vendor's runtime hides it, less is known.
 *
 * @param params trigger, output mode and the like
 * @param uses what it reads and writes; each micro-batch reads other files of the same folder
 */
record StreamDescription(Map<String, String> params, List<DataUse> uses) {
    /** A plan with more places than this is not worth the time of the bus. */
    private static final int MAX_LEAVES = 200;

    /** Describes the query of an id. */
    static StreamDescription of(UUID queryId) {
        Object query = find(queryId);
        if (query == null) {
            return new StreamDescription(Map.of("queryId", queryId.toString()), List.of());
        }
        Map<String, String> params = new LinkedHashMap<>();
        params.put("queryId", queryId.toString());
        params.put("queryName", Members.of(String.class, query, "name"));
        params.put("trigger", text(query, "trigger"));
        params.put("outputMode", text(query, "outputMode"));
        params.put("checkpointLocation", Members.of(String.class, query, "resolvedCheckpointRoot"));
        return new StreamDescription(params, uses(query));
    }

    private static Object find(UUID queryId) {
        scala.Option<SparkSession> session = SparkSession.getDefaultSession();
        return session.isDefined()
                        && Members.of(session.get(), "sharedState", "activeStreamingQueries") instanceof Map<?, ?> all
                ? all.get(queryId)
                : null;
    }

    private static List<DataUse> uses(Object query) {
        List<DataUse> uses = new ArrayList<>();
        LogicalPlan plan = Members.of(LogicalPlan.class, query, "analyzedPlan");
        SparkSession session = Members.of(SparkSession.class, query, "sparkSession");
        if (plan == null || session == null) {
            return uses;
        }
        StreamData data = new StreamData(session.sparkContext().hadoopConfiguration());
        List<LogicalPlan> leaves = ScalaInterop.list(plan.collectLeaves());
        for (LogicalPlan leaf : leaves.subList(0, Math.min(leaves.size(), MAX_LEAVES))) {
            DataSource source = data.read(leaf);
            if (source != null) {
                uses.add(DataUse.read(source));
            }
        }
        if (leaves.size() <= MAX_LEAVES) {
            uses.addAll(PlanData.of(plan)); // what does not stream: tables that streams are joined with
        }
        DataSource written = data.written(query, plan.schema());
        if (written != null) {
            uses.add(DataUse.written(written));
        }
        return uses.stream().distinct().toList();
    }

    private static String text(Object query, String member) {
        Object value = Members.of(query, member);
        return value == null ? null : value.toString();
    }
}
