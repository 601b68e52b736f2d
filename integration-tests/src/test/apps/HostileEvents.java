import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.JobResult;
import org.apache.spark.scheduler.JobSucceeded$;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;

/**
 * {@link Steady}, after events that throw whatever there is when spark-mlflow looks into them, and only then. Says on its standard
 * error how often that was.
 *
 * <p>Argument: the training table.
 */
public final class HostileEvents {
    private static final AtomicInteger THROWN = new AtomicInteger();

    private HostileEvents() {}

    public static void main(String[] args) throws TimeoutException {
        SparkSession spark = SparkSession.builder().getOrCreate();
        post(spark, middle(() -> new IllegalStateException("hostile")));
        post(spark, middle(() -> new OutOfMemoryError("hostile")));
        post(spark, List.of(end(() -> new IllegalStateException("hostile"))));
        post(spark, middle(() -> new NoSuchMethodError("hostile")));
        System.err.println("thrown " + THROWN);
        Steady.main(args);
    }

    private static void post(SparkSession spark, List<SparkListenerEvent> events) throws TimeoutException {
        events.forEach(spark.sparkContext().listenerBus()::post);
        spark.sparkContext().listenerBus().waitUntilEmpty();
    }

    private static SparkListenerEvent end(Supplier<Throwable> error) {
        return new SparkListenerApplicationEnd(0, scala.Option.empty()) {
            @Override
            public long time() {
                throwAtUs(error);
                return super.time();
            }
        };
    }

    /** Returns an event for each callback that is called in the middle of an application. */
    private static List<SparkListenerEvent> middle(Supplier<Throwable> error) {
        return List.of(
                new SparkListenerJobEnd(-1, 0, JobSucceeded$.MODULE$) {
                    @Override
                    public JobResult jobResult() {
                        throwAtUs(error);
                        return super.jobResult();
                    }
                },
                new SparkListenerStageCompleted(null) {
                    @Override
                    public StageInfo stageInfo() {
                        throwAtUs(error);
                        return super.stageInfo();
                    }
                },
                new SparkListenerTaskEnd(-1, 0, null, null, null, null, null) {
                    @Override
                    public TaskMetrics taskMetrics() {
                        throwAtUs(error);
                        return super.taskMetrics();
                    }

                    @Override
                    public TaskInfo taskInfo() {
                        throwAtUs(error);
                        return super.taskInfo();
                    }
                },
                new SparkListenerSQLExecutionEnd(-1, 0, scala.Option.empty()) {
                    @Override
                    public long executionId() {
                        throwAtUs(error);
                        return super.executionId();
                    }
                });
    }

    private static void throwAtUs(Supplier<Throwable> error) {
        boolean isUs = StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().startsWith("io.sparkmlflow.")));
        if (isUs) {
            THROWN.incrementAndGet();
            HostileEvents.<RuntimeException>raise(error.get());
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void raise(Throwable error) throws E {
        throw (E) error;
    }
}
