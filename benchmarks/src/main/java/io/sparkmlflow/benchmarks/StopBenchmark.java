package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How long {@code spark.stop()} takes, with a store that answers and with ones that do not. */
final class StopBenchmark {
    /** Few, because OpenLineage waits seconds for a server that does not answer, for each of their events. */
    private static final int JOBS = 3;
    /** Long enough for the run to be created. */
    private static final int REST_MILLIS = 4_000;

    private final Path folder;
    private final int pairs;

    StopBenchmark(Path folder, int pairs) {
        this.folder = folder;
        this.pairs = pairs;
    }

    /** @param arms without a listener first */
    void run(List<Arm> arms, PeerSink sink) throws IOException, InterruptedException {
        Arm none = arms.get(0);
        try (TrackingServer server = TrackingServer.start(folder);
                // The kernel completes the connections, and nobody ever answers.
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String silentUri = "http://127.0.0.1:" + silent.getLocalPort();
            int nobody = freePort();
            List<Arm> all = new ArrayList<>(arms);
            all.add(none.ours("spark-mlflow, server", server.uri(), Map.of()));
            all.add(none.ours("spark-mlflow, nobody listens", "http://127.0.0.1:" + nobody, spool()));
            all.add(none.ours("spark-mlflow, no answer", silentUri, spool()));
            all.add(none.openLineage("OpenLineage, no answer", Map.of("type", "http", "url", silentUri)));
            Map<Arm, List<Double>> seconds = new LinkedHashMap<>();
            for (int i = 0; i < pairs; i++) {
                for (Arm arm : all) {
                    seconds.computeIfAbsent(arm, same -> new ArrayList<>()).add(stop(arm));
                }
            }
            System.out.printf(
                    "spark.stop(); wanted: at most 0.3 s more than without with a store that answers, 10 s with one that does"
                            + " not%n");
            seconds.forEach((arm, values) -> System.out.printf("  %s: %s s%n", arm.name(), Ratios.range(values)));
            System.out.println();
        }
    }

    private Map<String, String> spool() {
        return Map.of("spark.mlflow.spool", folder.resolve("spool").toString());
    }

    private double stop(Arm arm) {
        try (Application application = Application.start(arm, folder)) {
            application.ask("jobs", JOBS);
            application.ask("rest", REST_MILLIS);
            return application.ask("stop").get("seconds");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
