package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes streaming queries into runs: one for each start of a query, nested in the application's run or the one that the user
 * names. Used by the sender's thread alone.
 */
final class StreamRecorder {
    private static final String QUERY_TAG = "spark.streaming.queryId";
    private static final String RUN_TAG = "spark.streaming.runId";
    private static final String BATCH_TAG = "spark.streaming.batchId";
    private static final String EXCEPTION_TAG = "spark.streaming.exception";
    private static final String ERROR_CLASS_TAG = "spark.streaming.errorClass";
    private static final int MAX_TAG_LENGTH = 1000;
    private static final int MAX_QUERIES = 5000;
    private static final int MAX_EVALUATIONS = 100;
    private static final int POINTS_AT_ONE_DISTANCE = 60;

    private final RunWriter runs;
    private final TargetRuns targets;
    private final DataRecorder data;
    private final Map<String, StreamRun> byRunId = new Recent<>(MAX_QUERIES);

    /** When the runs started that could not be created yet. */
    private final Map<String, Long> startTimes = new Recent<>(MAX_QUERIES);

    /** The last run of each query. */
    private final Map<String, String> lastRunIds = new Recent<>(MAX_QUERIES);

    /** The run of a query, also after its end: what its micro-batches did may be told later. */
    private static final class StreamRun {
        private final RunInfo info;
        private final String targetRun;
        private final Map<String, Thinning> evaluations = new HashMap<>();
        private Fact.Evaluated lastEvaluated;
        private boolean isLastKept;
        private boolean isEnded;
        private boolean isEndedWithApplication;

        StreamRun(RunInfo info, String targetRun) {
            this.info = info;
            this.targetRun = targetRun;
        }
    }

    StreamRecorder(RunWriter runs, TargetRuns targets, DataRecorder data) {
        this.runs = runs;
        this.targets = targets;
        this.data = data;
    }

    /** Opens a query's run, unless what a micro-batch did was told before its start, and says what the query is. */
    void started(Fact.StreamStarted fact) {
        String name = fact.name() == null ? fact.queryId() : fact.name();
        StreamRun run = open(fact.runId(), name, fact.time(), fact.targetRun());
        lastRunIds.put(fact.queryId(), fact.runId());
        if (!name.equals(run.info.runName())) {
            runs.rename(run.info, name);
        }
        runs.tag(run.info, Map.of(QUERY_TAG, fact.queryId()));
        runs.logParams(run.info, fact.params());
        data.used(new Fact.DataUsed(run.info.runId(), fact.uses()));
    }

    void described(Fact.StreamDescribed fact) {
        StreamRun run = byRunId.get(fact.runId());
        if (run != null) {
            runs.logParams(run.info, fact.params());
        }
    }

    void progressed(Fact.StreamProgressed fact) {
        StreamRun run = byRunId.get(fact.runId());
        if (run != null) {
            runs.logMetrics(run.info, fact.points());
        }
    }

    void ended(Fact.StreamEnded fact) {
        StreamRun run = byRunId.get(fact.runId());
        if (run == null) {
            return;
        }
        runs.logMetrics(run.info, fact.totals());
        if (fact.exception() != null) {
            Map<String, String> tags = new LinkedHashMap<>();
            tags.put(EXCEPTION_TAG, shortened(fact.exception()));
            if (fact.errorClass() != null) {
                tags.put(ERROR_CLASS_TAG, fact.errorClass());
            }
            runs.tag(run.info, tags);
        }
        runs.end(run.info, fact.exception() == null ? RunStatus.FINISHED : RunStatus.FAILED, fact.time());
        run.isEnded = true;
    }

    /** Ends the queries that still run as the application ends. */
    void applicationEnded(RunStatus status, long time) {
        for (StreamRun run : byRunId.values()) {
            if (!run.isEnded) {
                runs.end(run.info, status, time);
                run.isEndedWithApplication = true;
                run.isEnded = true;
            }
        }
    }

    /** Returns the runs of the queries that ended when the application did. */
    List<RunInfo> endedWithApplication() {
        return byRunId.values().stream()
                .filter(run -> run.isEndedWithApplication)
                .map(run -> run.info)
                .toList();
    }

    /**
     * Returns the run that what a micro-batch does belongs to: its query's, or {@code null} if the user sends it elsewhere.
     *
     * @param time of what it does, in milliseconds since the epoch
     */
    RunInfo runOf(MicroBatch batch, String targetRun, long time) {
        StreamRun run = find(batch, targetRun, time);
        return run == null ? null : run.info;
    }

    private StreamRun find(MicroBatch batch, String targetRun, long time) {
        String runId = batch.queryRunId() == null ? lastRunIds.get(batch.queryId()) : batch.queryRunId();
        return runId == null ? null : find(runId, batch.queryId(), targetRun, time);
    }

    private StreamRun find(String runId, String name, String targetRun, long time) {
        StreamRun run = open(runId, name, time, targetRun);
        return targetRun == null || targetRun.equals(run.targetRun) ? run : null;
    }

    /** Writes what the micro-batches of a query read and wrote. */
    void used(Fact.DataUsed fact) {
        StreamRun run = find(fact.queryRun(), null, fact.targetRun(), System.currentTimeMillis());
        data.used(new Fact.DataUsed(run == null ? fact.targetRun() : run.info.runId(), fact.uses()));
    }

    /**
     * Writes the value of an evaluation in a micro-batch as a point of a series. Returns false if it does not belong to the
     * query's run.
     */
    boolean evaluated(Fact.Evaluated fact, String name) {
        StreamRun run = find(fact.batch(), fact.targetRun(), fact.time());
        if (run == null) {
            return false;
        }
        if (!run.evaluations.containsKey(name) && run.evaluations.size() >= MAX_EVALUATIONS) {
            return true;
        }
        if (run.lastEvaluated != fact) {
            run.lastEvaluated = fact;
            run.isLastKept = run.evaluations
                    .computeIfAbsent(name, key -> new Thinning(POINTS_AT_ONE_DISTANCE))
                    .keepsNext();
        }
        if (run.isLastKept) {
            long step = Math.max(0, (fact.time() - run.info.startTime()) / 1000);
            runs.logMetrics(run.info, List.of(new Metric(name, fact.value(), fact.time(), step)));
        }
        return true;
    }

    /** Returns the tags that say in which micro-batch something happened. */
    static Map<String, String> tags(MicroBatch batch) {
        return Map.of(QUERY_TAG, batch.queryId(), BATCH_TAG, Long.toString(batch.id()));
    }

    /** @param name {@code null} if it is not known yet */
    private StreamRun open(String runId, String name, long time, String targetRun) {
        StreamRun run = byRunId.get(runId);
        if (run == null) {
            RunInfo parent = targetRun == null ? runs.application() : targets.find(targetRun, time);
            // The same each time that this is tried, or a lost answer would make a second run.
            long firstTime = startTimes.computeIfAbsent(runId, id -> time);
            run = new StreamRun(runs.createNested(parent, name, firstTime, Map.of(RUN_TAG, runId)), targetRun);
            byRunId.put(runId, run);
            startTimes.remove(runId);
        }
        return run;
    }

    private static String shortened(String text) {
        return text.length() <= MAX_TAG_LENGTH ? text : text.substring(0, MAX_TAG_LENGTH - 3) + "...";
    }
}
