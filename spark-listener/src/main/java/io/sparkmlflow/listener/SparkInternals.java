package io.sparkmlflow.listener;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is asked of Spark beyond its public interface, all of it here. Each has a fallback: if a Spark or a vendor's runtime
 * lacks it, less is known or waited for, and nothing breaks.
 */
final class SparkInternals {
    private static final Logger LOG = LoggerFactory.getLogger(SparkInternals.class);
    private static final String QUEUE = "mlflow";

    private SparkInternals() {}

    /**
     * Returns the context that is calling the listener's constructor, or {@code null} if this Spark hides it. It is not yet
     * the active one; {@code SparkContext$} remembers it in a private field, an instance field in Scala 2.12.
     */
    static SparkContext contextBeingConstructed() {
        try {
            Class<?> companion =
                    Class.forName("org.apache.spark.SparkContext$", true, SparkContext.class.getClassLoader());
            Field field = companion.getDeclaredField("contextBeingConstructed");
            field.setAccessible(true);
            Object module = companion.getField("MODULE$").get(null);
            if (field.get(module) instanceof scala.Option<?> option
                    && option.isDefined()
                    && option.get() instanceof SparkContext context) {
                return context;
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("This Spark does not show the context that is being made", e);
        }
        return null;
    }

    /** Gives a listener a bus queue and thread of its own. Returns false if that is not possible here. */
    static boolean addToOwnQueue(SparkContext context, SparkListener listener) {
        if (context == null) {
            return false;
        }
        try {
            SelectiveQueue queue = selectiveQueue(context, listener);
            context.listenerBus().addToQueue(listener, QUEUE);
            if (queue != null) {
                queue.restWhenEmpty();
            }
            return true;
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("This Spark gives listeners no queue of their own", e);
            return false;
        }
    }

    /** Makes the queue before the bus would make one that takes every event; {@code null} if that is not possible here. */
    private static SelectiveQueue selectiveQueue(SparkContext context, SparkListener listener) {
        try {
            LiveListenerBus bus = context.listenerBus();
            Field field = LiveListenerBus.class.getDeclaredField("queues");
            field.setAccessible(true);
            SelectiveQueue queue = new SelectiveQueue(QUEUE, context.getConf(), bus, listener);
            addTo((Collection<?>) field.get(bus), queue);
            return queue;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            LOG.debug("This Spark does not let a queue choose its events", e);
            return null;
        }
    }

    @SuppressWarnings("unchecked")
    private static void addTo(Collection<?> queues, SelectiveQueue queue) {
        ((Collection<Object>) queues).add(queue);
    }

    /**
     * Returns a frame over a plan that is a part of another frame's; {@code null} if this Spark does not let that be. The class of
     * frames is another one in Spark 4.
     */
    static Dataset<?> frame(Dataset<?> whole, LogicalPlan part) {
        try {
            for (Method method : whole.getClass().getMethods()) {
                if (method.getName().equals("ofRows")
                        && Modifier.isStatic(method.getModifiers())
                        && method.getParameterCount() == 2
                        && method.invoke(null, whole.sparkSession(), part) instanceof Dataset<?> frame) {
                    return frame;
                }
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("This Spark makes no frame of a plan", e);
        }
        return null;
    }

    /** Waits until every event posted so far has been handled by every listener, or the time is over. */
    static void awaitEventsHandled(SparkContext context, long timeoutMillis) {
        if (context == null || timeoutMillis <= 0) {
            return;
        }
        try {
            context.listenerBus().waitUntilEmpty(timeoutMillis);
        } catch (TimeoutException e) {
            LOG.debug("Events are still waiting on Spark's listener bus after {} ms", timeoutMillis);
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("This Spark does not say when its listener bus is empty", e);
        }
    }
}
