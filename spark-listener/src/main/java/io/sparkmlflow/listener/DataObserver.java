package io.sparkmlflow.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what queries read and write, on a thread of its own: the bus thread only hands plans over, a bounded number of
 * them, and the queue of facts holds what was found instead of plans.
 */
final class DataObserver {
    private static final Logger LOG = LoggerFactory.getLogger(DataObserver.class);
    /** In the place of a run's id: what our own jobs read and write is nobody's data. */
    static final String NO_RUN = "none";

    private static final String EXECUTION = "spark.sql.execution.id";
    private static final String ROOT_EXECUTION = "spark.sql.execution.root.id";
    private static final int MAX_WAITING = 1000;
    private static final int MAX_REMEMBERED = 10_000;
    /**
     * Our thread looks for queries from time to time instead of waiting for one: the bus thread would have to wake it, and lose its
     * processor to it where all are busy. It is woken for commands: which version of a table one has written is known until the
     * next one writes.
     */
    private static final long MIN_REST_MILLIS = 50;

    private static final long MAX_REST_MILLIS = 1000;

    /** A query that ended. */
    private record Ended(
            long id,
            Long root,
            QueryExecution execution,
            boolean succeeded,
            long startTime,
            long time,
            String targetRun,
            boolean isPythons) {}

    private static final Ended LAST = new Ended(0, null, null, true, 0, 0, null, false);

    /** Who started a query, where that matters. */
    private enum Caller {
        MODEL_WRITER_OR_READER,
        PYTHON,
        OTHER
    }

    /**
     * A query that is going on.
     *
     * @param root the outermost execution around this one, or {@code null} if it is that itself
     * @param time milliseconds since the epoch
     */
    private record Begun(Long root, Caller caller, long time) {}

    /** A use that was told, for a run. */
    private record Told(String targetRun, DataUse.Context context, String identity) {}

    private final Guard guard = new Guard();
    private final Warnings warnings = Warnings.ofThisApplication();
    private final FactQueue queue;
    private final boolean isOn;
    private final BlockingQueue<Ended> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Semaphore bell = new Semaphore(0);
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "mlflow-data");

    /** By execution; used by the bus thread alone. */
    private final Map<String, String> targetRuns = new Recent<>(MAX_REMEMBERED);

    /** By execution; used by the bus thread alone. */
    private final Map<Long, Begun> begun = new Recent<>(MAX_REMEMBERED);

    /** What inner executions used, by the outermost that has not ended; used by our thread alone. */
    private final Map<Long, List<DataUse>> inner = new Recent<>(MAX_WAITING);

    /** Used by our thread alone. */
    private final Map<Told, Boolean> told = new Recent<>(MAX_REMEMBERED);

    /** Used by our thread alone. */
    private final BatchData batches = new BatchData();

    DataObserver(FactQueue queue, boolean isOn) {
        this.queue = queue;
        this.isOn = isOn;
    }

    void start() {
        if (isOn) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Remembers which run the user sends the query to that a job belongs to: jobs have the local properties of its thread. */
    void jobStarted(SparkListenerJobStart event) {
        Properties properties = event.properties();
        String targetRun = properties == null ? null : properties.getProperty(FitHooks.TARGET_RUN);
        if (targetRun == null && properties != null) {
            targetRun = ConnectSessions.targetRun(properties);
        }
        if (isOn && targetRun != null) {
            remember(properties.getProperty(EXECUTION), targetRun);
            remember(properties.getProperty(ROOT_EXECUTION), targetRun);
        }
    }

    private void remember(String execution, String targetRun) {
        if (execution != null) {
            targetRuns.put(execution, targetRun);
        }
    }

    /** Remembers which queries are parts of others, and who started them. */
    void queryStarted(SparkListenerSQLExecutionStart event) {
        if (!isOn) {
            return;
        }
        Long root = Members.of(Long.class, event, "rootExecutionId");
        begun.put(
                event.executionId(),
                new Begun(
                        root == null || root == event.executionId() ? null : root,
                        caller(event.details()),
                        event.time()));
    }

    private static Caller caller(String callSite) {
        if (ModelFiles.areOf(callSite)) {
            return Caller.MODEL_WRITER_OR_READER;
        }
        return ModelFiles.isPythons(callSite) ? Caller.PYTHON : Caller.OTHER;
    }

    /** Hands a query over. One that finds no room goes unnoticed but for one warning. */
    void queryEnded(SparkListenerSQLExecutionEnd event) {
        String targetRun = targetRuns.remove(Long.toString(event.executionId()));
        Begun start = begun.getOrDefault(event.executionId(), new Begun(null, Caller.OTHER, event.time()));
        begun.remove(event.executionId());
        if (!isOn
                || event.qe() == null
                || NO_RUN.equals(targetRun)
                || start.caller() == Caller.MODEL_WRITER_OR_READER) {
            return;
        }
        QueryExecution execution = event.qe();
        boolean succeeded =
                event.executionFailure() == null || event.executionFailure().isEmpty();
        if (!waiting.offer(new Ended(
                event.executionId(),
                start.root(),
                execution,
                succeeded,
                start.time(),
                event.time(),
                targetRun,
                start.caller() == Caller.PYTHON))) {
            warnings.once(
                    LOG,
                    "Queries end faster than their plans can be read: not all data that this application uses is logged in"
                            + " MLflow");
        } else if (execution.analyzed() instanceof Command) {
            bell.release();
        }
    }

    /** Waits until all queries handed over are read, or the time is over. */
    void finish(long millis) {
        if (!isOn) {
            return;
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            bell.release();
            boolean isOffered = waiting.offer(LAST, millis, TimeUnit.MILLISECONDS);
            bell.release();
            if (!isOffered || !done.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            for (Ended next = next(); next != LAST; next = next()) {
                Ended ended = next;
                guard.run(() -> read(ended));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            done.countDown();
        }
    }

    private Ended next() throws InterruptedException {
        Ended next = waiting.poll();
        for (long rest = MIN_REST_MILLIS; next == null; rest = Math.min(MAX_REST_MILLIS, 2 * rest)) {
            boolean ignored = bell.tryAcquire(rest, TimeUnit.MILLISECONDS);
            next = waiting.poll();
        }
        return next;
    }

    private void read(Ended ended) {
        List<DataUse> uses = new ArrayList<>(inner.getOrDefault(ended.id(), List.of()));
        inner.remove(ended.id());
        PlanData.of(ended.execution(), ended.succeeded(), ended.startTime(), ended.time()).stream()
                .filter(use -> !ended.isPythons() || !ModelFiles.isPythons(use.source()))
                .forEach(uses::add);
        String queryRun = MicroBatch.queryRunOf(ended.execution());
        if (ended.root() == null && queryRun != null) {
            tellOfBatch(ended.targetRun(), queryRun, withoutPartsOfOthers(uses));
        } else if (ended.root() == null) {
            tell(ended.targetRun(), withoutPartsOfOthers(uses));
        } else if (!uses.isEmpty()) {
            inner.merge(ended.root(), uses, DataObserver::joined);
        }
    }

    private void tell(String targetRun, List<DataUse> uses) {
        List<DataUse> news = uses.stream()
                .filter(use ->
                        told.put(new Told(targetRun, use.context(), use.source().identity()), true) == null)
                .toList();
        if (!news.isEmpty()) {
            queue.add(new Fact.DataUsed(targetRun, news));
        }
    }

    private void tellOfBatch(String targetRun, String queryRun, List<DataUse> uses) {
        List<DataUse> news = batches.news(queryRun, uses);
        if (!news.isEmpty()) {
            queue.add(new Fact.DataUsed(targetRun, queryRun, news));
        }
    }

    /** What makes a table and fills it are two executions, each of which may know but a part of it. */
    private static List<DataUse> withoutPartsOfOthers(List<DataUse> uses) {
        return uses.stream()
                .filter(use -> use.isRead()
                        || uses.stream()
                                .noneMatch(
                                        other -> !other.isRead() && use.source().isPartOf(other.source())))
                .toList();
    }

    private static List<DataUse> joined(List<DataUse> one, List<DataUse> other) {
        return Stream.concat(one.stream(), other.stream())
                .distinct()
                .limit(MAX_WAITING)
                .toList();
    }
}
