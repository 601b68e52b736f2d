package io.sparkmlflow.listener;

import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.QueryExecution;

/**
 * The micro-batch of a streaming query that a thread works for, as its local properties tell it.
 *
 * @param queryId the query's id, the same after a restart
 * @param queryRunId the id of the query's run since it was last started, or {@code null} if the user hides it
 * @param id counts a query's micro-batches, over restarts too
 */
record MicroBatch(String queryId, String queryRunId, long id) {
    private static final String QUERY_ID = "sql.streaming.queryId";
    private static final String BATCH_ID = "streaming.sql.batchId";
    /** Since Spark 4.1; before that, the job group has the same value. */
    private static final String RUN_ID = "sql.streaming.runId";

    private static final String JOB_GROUP = "spark.jobGroup.id";

    /**
     * Returns the micro-batch that local properties belong to, or {@code null} if they belong to none.
     *
     * @param properties gives the value of a local property, or {@code null}
     */
    static MicroBatch of(UnaryOperator<String> properties) {
        String queryId = properties.apply(QUERY_ID);
        if (queryId == null) {
            return null;
        }
        String runId = properties.apply(RUN_ID);
        return new MicroBatch(
                queryId,
                runId == null ? uuidOrNull(properties.apply(JOB_GROUP)) : runId,
                number(properties.apply(BATCH_ID)));
    }

    /** Returns the micro-batch that this thread works for, or {@code null}. */
    static MicroBatch of(SparkContext context) {
        return of(context::getLocalProperty);
    }

    /** Returns the micro-batch that this thread works for in its active session, or {@code null}. */
    static MicroBatch ofActiveSession() {
        scala.Option<SparkSession> session = SparkSession.getActiveSession();
        return session.isDefined() ? of(session.get().sparkContext()) : null;
    }

    /** Returns the id of the run of a query whose micro-batch an execution is, or {@code null} if it is none. */
    static String queryRunOf(QueryExecution execution) {
        if (!execution.getClass().getSimpleName().equals("IncrementalExecution")) {
            return null;
        }
        UUID runId = Members.of(UUID.class, execution, "runId");
        return runId == null ? null : runId.toString();
    }

    private static String uuidOrNull(String text) {
        try {
            return text == null ? null : UUID.fromString(text).toString();
        } catch (IllegalArgumentException e) {
            return null; // a group of the user's own
        }
    }

    private static long number(String text) {
        try {
            return text == null ? -1 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
