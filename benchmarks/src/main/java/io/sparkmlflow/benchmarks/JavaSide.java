package io.sparkmlflow.benchmarks;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.Metric;
import java.util.ArrayList;
import java.util.List;

/** The Java side of a pair: does the same as {@code side.py} and prints the seconds that it took, last. */
final class JavaSide {
    private JavaSide() {}

    public static void main(String[] args) {
        String kind = args[0];
        int points = args.length > 2 ? Integer.parseInt(args[2]) : 0;
        try (MlflowClient client = new MlflowClient(args[1])) {
            String run = client.createRun("0").info().runId();
            if (kind.equals("first")) {
                client.logMetric(run, "loss", 0.5);
                client.flush();
                System.out.println("acknowledged");
                return;
            }
            long now = System.currentTimeMillis();
            long start;
            if (kind.equals("batches")) {
                List<Metric> metrics = new ArrayList<>();
                for (int i = 0; i < points; i++) {
                    metrics.add(new Metric("loss", i * 0.5, now + i, i));
                }
                start = System.nanoTime();
                client.logBatch(run, metrics, List.of(), List.of());
            } else {
                start = System.nanoTime();
                for (int i = 0; i < points; i++) {
                    client.logMetric(run, new Metric("loss", i * 0.5, now + i, i));
                }
                client.flush();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            int stored = client.getMetricHistory(run, "loss").size();
            if (stored != points) {
                throw new IllegalStateException(stored + " of " + points + " points are stored");
            }
            System.out.println(seconds);
        }
    }
}
