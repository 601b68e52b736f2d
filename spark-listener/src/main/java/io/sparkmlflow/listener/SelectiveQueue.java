package io.sparkmlflow.listener;

import com.codahale.metrics.Timer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.AsyncEventQueue;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerInterface;
import org.apache.spark.scheduler.SparkListenerSpeculativeTaskSubmitted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskGettingResult;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.SparkListenerUnpersistRDD;
import scala.Option;

/**
 * A queue of Spark's bus, with its thread, for one listener.
 *
 * <p>Each event in a queue wakes the queue's thread, which costs more than most listeners do, and costs the thread that posts, Spark's
 * scheduler. So the queue does not take the frequent events that the listener does not hear; and its thread, when nothing is left
 * to do, sleeps a moment before it waits for the next event, so that those which come meanwhile wake nobody.
 */
final class SelectiveQueue extends AsyncEventQueue {
    /** How Spark calls a listener for its frequent events. */
    private static final Map<Class<?>, String> CALLBACKS = Map.of(
            SparkListenerTaskStart.class, "onTaskStart",
            SparkListenerTaskGettingResult.class, "onTaskGettingResult",
            SparkListenerSpeculativeTaskSubmitted.class, "onSpeculativeTaskSubmitted",
            SparkListenerStageSubmitted.class, "onStageSubmitted",
            SparkListenerBlockUpdated.class, "onBlockUpdated",
            SparkListenerExecutorMetricsUpdate.class, "onExecutorMetricsUpdate",
            SparkListenerUnpersistRDD.class, "onUnpersistRDD");

    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /** So many events end a rest; a queue holds 10,000 unless told otherwise. */
    private static final int CROWD = 500;

    private final Set<Class<?>> unheard;
    /** Events posted and not handled; too many if events were dropped, which only ends the rests. */
    private final AtomicInteger pending = new AtomicInteger();

    private final SparkListener rest = new SparkListener() {};
    private volatile Thread resting;

    SelectiveQueue(String name, SparkConf conf, LiveListenerBus bus, SparkListener listener) {
        super(name, conf, bus.metrics(), bus);
        this.unheard = CALLBACKS.keySet().stream()
                .filter(event -> !hears(listener, event))
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void post(SparkListenerEvent event) {
        if (unheard.contains(event.getClass())) {
            return;
        }
        int waiting = pending.incrementAndGet();
        super.post(event);
        if (waiting == CROWD || event instanceof SparkListenerApplicationEnd) {
            LockSupport.unpark(resting);
        }
    }

    /** Lets the thread rest after the listeners that were added so far. */
    void restWhenEmpty() {
        addListener(rest);
    }

    @Override
    public void doPostEvent(SparkListenerInterface listener, SparkListenerEvent event) {
        if (listener != rest) {
            super.doPostEvent(listener, event);
        } else if (pending.decrementAndGet() == 0 && !(event instanceof SparkListenerApplicationEnd)) {
            rest();
        }
    }

    private void rest() {
        resting = Thread.currentThread();
        if (pending.get() == 0) {
            LockSupport.parkNanos(this, REST_NANOS);
        }
        resting = null;
    }

    /** A rest is not the time that a listener takes. */
    @Override
    public Option<Timer> getTimer(SparkListenerInterface listener) {
        return rest == listener ? Option.empty() : super.getTimer(listener);
    }

    /** A callback that is not overridden does nothing. One that is not found may do something. */
    private static boolean hears(SparkListener listener, Class<?> event) {
        try {
            return listener.getClass().getMethod(CALLBACKS.get(event), event).getDeclaringClass()
                    != SparkListener.class;
        } catch (NoSuchMethodException e) {
            return true;
        }
    }
}
