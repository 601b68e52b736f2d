package io.sparkmlflow.listener;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.AsyncEventQueue;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerSpeculativeTaskSubmitted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskGettingResult;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.SparkListenerUnpersistRDD;

/**
 * A queue of Spark's bus, with its thread, for one listener. It does not take the frequent events that the listener does not
 * hear: each event in a queue wakes the queue's thread, which costs more than most listeners do.
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

    private final Set<Class<?>> unheard;

    SelectiveQueue(String name, SparkConf conf, LiveListenerBus bus, SparkListener listener) {
        super(name, conf, bus.metrics(), bus);
        this.unheard = CALLBACKS.keySet().stream()
                .filter(event -> !hears(listener, event))
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void post(SparkListenerEvent event) {
        if (!unheard.contains(event.getClass())) {
            super.post(event);
        }
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
