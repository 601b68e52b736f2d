package io.sparkmlflow.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What one call took.
 *
 * @param seconds from its start to its end
 * @param processorSeconds of all threads of this JVM meanwhile, so also of its compilers; NaN if that is not known
 */
record Cost(double seconds, double processorSeconds) {
    static Cost of(Runnable call) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long processor = system.getProcessCpuTime();
        long start = System.nanoTime();
        call.run();
        long end = System.nanoTime();
        return new Cost((end - start) / 1e9, (system.getProcessCpuTime() - processor) / 1e9);
    }

    /** Reads what {@link #toString} wrote. */
    static Cost parse(String line) {
        String[] numbers = line.split(" ");
        return new Cost(
                Double.parseDouble(numbers[0]), numbers.length > 1 ? Double.parseDouble(numbers[1]) : Double.NaN);
    }

    @Override
    public String toString() {
        return seconds + " " + processorSeconds;
    }
}
