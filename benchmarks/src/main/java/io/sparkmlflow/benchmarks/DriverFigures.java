package io.sparkmlflow.benchmarks;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Snapshot;
import com.codahale.metrics.Timer;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.spark.SparkContext;

/** What a driver tells of itself: its threads' processor time, its heap, and the timers and counters of Spark's listener bus. */
final class DriverFigures {
    private static final double NANOS = 1e9;
    private static final String BUS_THREADS = "spark-listener-group-";
    private static final String OUR_BUS_THREAD = BUS_THREADS + "mlflow";
    private static final String OUR_THREADS = "mlflow-";
    private static final String LISTENER_TIMER = "listenerProcessingTime.";
    private static final int COLLECTIONS = 4;

    private DriverFigures() {}

    /** Returns processor seconds of the whole JVM so far, its compilers and collectors too. */
    static double processSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / NANOS;
    }

    /** Returns processor seconds so far of the threads that are ours, the bus's for our queue among them. */
    static double ourThreadsSeconds() {
        return threadsSeconds(name -> name.startsWith(OUR_THREADS) || name.equals(OUR_BUS_THREAD));
    }

    /** Returns processor seconds so far of all threads of Spark's listener bus, and of those that are ours besides. */
    static double listenerThreadsSeconds() {
        return threadsSeconds(name -> name.startsWith(OUR_THREADS) || name.startsWith(BUS_THREADS));
    }

    private static double threadsSeconds(Predicate<String> isMeant) {
        return threads(isMeant).values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
    }

    /** Returns {@code cpu.<thread>}, processor seconds so far of each thread of the bus and of ours. */
    static Map<String, Double> threads() {
        Map<String, Double> figures = new LinkedHashMap<>();
        threads(name -> name.startsWith(OUR_THREADS) || name.startsWith(BUS_THREADS))
                .forEach((name, seconds) -> figures.put("cpu." + name.replace(' ', '_'), seconds));
        return figures;
    }

    private static Map<String, Double> threads(Predicate<String> isMeant) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Map<String, Double> seconds = new TreeMap<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (isMeant.test(thread.getName())) {
                double nanos = Math.max(0, threads.getThreadCpuTime(thread.getId()));
                seconds.merge(thread.getName(), nanos / NANOS, Double::sum);
            }
        }
        return seconds;
    }

    /** Returns the bytes of heap that are still in use after full collections, once what Spark cleans up late is gone. */
    static long heapInUse() throws InterruptedException {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            Thread.sleep(300); // reference queues are worked off by other threads
            least = Math.min(least, memory.getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    /**
     * Returns what Spark's bus says of its listeners so far: {@code p99.<class>}, {@code mean.<class>} and {@code max.<class>},
     * microseconds for an event of about a thousand that it keeps as a sample; {@code events.<class>}; and {@code dropped}, events of
     * all queues.
     */
    static Map<String, Double> bus(SparkContext context) {
        MetricRegistry registry = context.listenerBus().metrics().metricRegistry();
        Map<String, Double> figures = new LinkedHashMap<>();
        for (Map.Entry<String, Timer> timer : registry.getTimers().entrySet()) {
            String name = timer.getKey();
            int at = name.indexOf(LISTENER_TIMER);
            if (at >= 0 && timer.getValue().getCount() > 0) {
                Snapshot snapshot = timer.getValue().getSnapshot();
                String listener = name.substring(at + LISTENER_TIMER.length());
                figures.put("p99." + listener, snapshot.get99thPercentile() / 1e3);
                figures.put("mean." + listener, snapshot.getMean() / 1e3);
                figures.put("max." + listener, snapshot.getMax() / 1e3);
                figures.put("events." + listener, (double) timer.getValue().getCount());
            }
        }
        double dropped = 0;
        for (Map.Entry<String, Counter> counter : registry.getCounters().entrySet()) {
            if (counter.getKey().endsWith("numDroppedEvents")) {
                dropped += counter.getValue().getCount();
            }
        }
        figures.put("dropped", dropped);
        return figures;
    }
}
