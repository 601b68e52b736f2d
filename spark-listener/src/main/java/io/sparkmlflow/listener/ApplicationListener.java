package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.FitEnd;
import org.apache.spark.ml.FitStart;
import org.apache.spark.scheduler.JobSucceeded$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.apache.spark.sql.streaming.StreamingQueryListener;

/**
 * The listener that does the work, on a bus thread of its own where possible. Copies facts into the queue and adds numbers up;
 * no I/O, no Spark job, no waiting, but for the bounded flush when the application ends.
 */
final class ApplicationListener extends SparkListener {
    private static final long LATE_FAILURE_MILLIS = 5_000;

    private final Guard guard = new Guard();
    private final Guard leaving = new Guard();
    private final ApplicationFacts application;
    private final FactQueue queue;
    private final Sender sender;
    private final ModelSaver saver;
    private final ExitWatch exitWatch;
    private final StopBarrier barrier;
    private final ApplicationMetrics metrics;
    private final NotebookWatch notebooks;
    private final FitInstrumentation instrumentation;
    private final EventFits fits;
    private final DataObserver data;
    private final StreamingQueries streams;

    ApplicationListener(
            ApplicationFacts application,
            ApplicationMetrics metrics,
            NotebookWatch notebooks,
            FactQueue queue,
            Sender sender,
            ModelSaver saver,
            ExitWatch exitWatch,
            StopBarrier barrier,
            FitObserver observer,
            FitInstrumentation instrumentation,
            DataObserver data,
            StreamingQueries streams) {
        this.application = application;
        this.metrics = metrics;
        this.notebooks = notebooks;
        this.queue = queue;
        this.sender = sender;
        this.saver = saver;
        this.exitWatch = exitWatch;
        this.barrier = barrier;
        this.fits = new EventFits(observer);
        this.instrumentation = instrumentation;
        this.data = data;
        this.streams = streams;
    }

    @Override
    public void onApplicationStart(SparkListenerApplicationStart event) {
        guard.run(() -> {
            metrics.started(event.time());
            queue.add(new Fact.ApplicationStarted(
                    event.appName(), event.sparkUser(), event.time(), application.params(), application.tags(event)));
        });
    }

    @Override
    public void onJobStart(SparkListenerJobStart event) {
        guard.run(() -> notebooks.jobStarted(event.properties()));
        guard.run(() -> data.jobStarted(event));
        guard.run(() -> streams.jobStarted(event.properties()));
    }

    @Override
    public void onJobEnd(SparkListenerJobEnd event) {
        guard.run(() -> {
            exitWatch.jobEnded(event.jobResult() instanceof JobSucceeded$);
            metrics.add(event);
        });
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted event) {
        guard.run(() -> metrics.add(event.stageInfo()));
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
        guard.run(() -> metrics.add(event));
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        guard.run(() -> {
            if (event instanceof SparkListenerSQLExecutionEnd end) {
                data.queryEnded(end);
            } else if (event instanceof SparkListenerSQLExecutionStart start) {
                data.queryStarted(start);
            } else if (event instanceof StreamingQueryListener.Event query) {
                streams.on(query);
            } else if (event instanceof FitStart<?> start && !instrumentation.isActive()) {
                fits.started(start.estimator(), start.dataset());
            } else if (event instanceof FitEnd<?> end) {
                fits.ended(end.estimator(), end.model());
            } else {
                Fact session = ConnectSessions.told(event);
                if (session != null) {
                    queue.add(session);
                }
            }
        });
    }

    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd event) {
        // Also when tracking has stopped: the next application in this JVM needs these places.
        leaving.run(() -> {
            instrumentation.uninstall();
            barrier.uninstall();
        });
        if (!guard.run(() -> finish(event)) && !leaving.run(this::finishAfterError)) {
            sender.abandon();
        }
    }

    private void finish(SparkListenerApplicationEnd event) {
        saver.finish(barrier.remainingMillis());
        data.finish(barrier.remainingMillis());
        streams.applicationEnded(event.time());
        RunStatus status = exitWatch.status();
        tellEnd(event.time(), status, lastMetrics(event.time()));
        if (status == RunStatus.FINISHED) {
            exitWatch.watchOn(LATE_FAILURE_MILLIS, () -> sender.correct(RunStatus.FAILED, LATE_FAILURE_MILLIS));
        } else {
            exitWatch.uninstall();
        }
    }

    /** The run ends as the program does, and its tag says that it is not complete. */
    private void finishAfterError() {
        RunStatus status = exitWatch.status();
        exitWatch.uninstall();
        queue.add(new Fact.TagsFound(Map.of(RunRecorder.STOPPED, guard.trouble())));
        long now = System.currentTimeMillis();
        tellEnd(now, status, List.of());
        // Their threads have nothing to do any more.
        saver.finish(0);
        data.finish(0);
        metrics.ended(now);
    }

    private void tellEnd(long time, RunStatus status, List<Metric> totals) {
        queue.add(new Fact.ApplicationEnded(time, status, totals));
        sender.finish(barrier.remainingMillis());
    }

    private List<Metric> lastMetrics(long time) {
        List<Metric> last = new ArrayList<>(metrics.ended(time));
        if (queue.dropped() > 0) {
            last.add(new Metric("spark_mlflow/facts_dropped", queue.dropped(), time, 0));
        }
        return last;
    }
}
