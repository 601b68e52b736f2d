package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;

/**
 * What a listener costs a Spark application: ours, OpenLineage and sparkMeasure beside none, on real Sparks with {@code local[2]}.
 *
 * <p>What is fair: every arm is a JVM and a SparkContext of its own, started by spark-submit with the same settings, and each peer
 * is turned on as its documentation says. The arms take turns with the same piece of work while the others are idle, in
 * the opposite order each time; a piece is over when Spark's bus is empty, so that nobody's events are handled in somebody else's
 * time. One piece before the first warms up. Each pair is {@value #PIECES} pieces in JVMs of its own, since what a JVM's
 * compilers happen to do stays with it; how far two JVMs that do the same differ is told by an arm that has no listener either.
 * Nobody waits for anything but loopback.
 *
 * <p>What is not: a peer does other things than we do. OpenLineage sends lineage for each job and query, sparkMeasure keeps all
 * stages in memory and writes at the end.
 */
final class ListenerBenchmarks {
    private static final int PIECES = 5;
    private static final int DEFAULT_PAIRS = 7;
    private static final int MAX_SLOW_PAIRS = 5;
    private static final int SMOKE_SHARE = 50;
    private static final int MIN_STORM = 100;
    private static final int HEAP_STEPS = 5;
    private static final double WALL_GOAL = 1.01;
    private static final Set<String> ALL =
            Set.of("tasks", "jobs", "narrow", "wide", "storm", "heap", "triggers", "start", "stop", "autolog");

    private final Path folder;
    private final int pairs;
    private final int share;
    private final boolean isOursAlone;

    private ListenerBenchmarks(Path folder, int pairs, int share, boolean isOursAlone) {
        this.folder = folder;
        this.pairs = pairs;
        this.share = share;
        this.isOursAlone = isOursAlone;
    }

    /** Arguments: how many pairs, which benchmarks (none for all), {@code smoke} for a fiftieth of the work in two pairs, {@code ours} to leave the peers out. */
    public static void main(String[] args) throws IOException, InterruptedException {
        boolean isSmoke = List.of(args).contains("smoke");
        boolean isOursAlone = List.of(args).contains("ours");
        int pairs = isSmoke ? 2 : DEFAULT_PAIRS;
        Set<String> wanted = new TreeSet<>();
        for (String arg : args) {
            if (arg.matches("\\d+")) {
                pairs = Integer.parseInt(arg);
            } else if (ALL.contains(arg)) {
                wanted.add(arg);
            } else if (!arg.equals("smoke") && !arg.equals("ours")) {
                throw new IllegalArgumentException("There is no benchmark '" + arg + "', but " + new TreeSet<>(ALL));
            }
        }
        if (wanted.isEmpty()) {
            wanted.addAll(ALL);
        }
        Path folder = Files.createTempDirectory("mlflow-benchmarks");
        Ratios.printHeading();
        new ListenerBenchmarks(folder, pairs, isSmoke ? SMOKE_SHARE : 1, isOursAlone).run(wanted);
        System.out.println("What was written is in " + folder);
    }

    private void run(Set<String> wanted) throws IOException, InterruptedException {
        try (PeerSink sink = PeerSink.start()) {
            List<Arm> arms = arms(sink);
            // All pieces of each are the whole application: 100,000 tasks, 2,000 jobs, 1,000 queries.
            if (wanted.contains("tasks")) {
                compare("100,000 empty tasks in 100 jobs", arms, List.of(), "tasks", count(20), 1000);
            }
            if (wanted.contains("jobs")) {
                compare("2,000 small jobs", arms, List.of(), "jobs", count(400));
            }
            if (wanted.contains("narrow")) {
                compare("1,000 queries, 3 columns", arms, List.of("table", 3), "queries", 3, count(200));
            }
            if (wanted.contains("wide")) {
                compare("1,000 queries, 500 columns", arms, List.of("table", 500), "queries", 500, count(200));
            }
            if (wanted.contains("storm")) {
                storm(arms);
            }
            if (wanted.contains("heap")) {
                heapOfQueries(arms.get(0), arms.get(1));
            }
            if (wanted.contains("triggers")) {
                heapOfTriggers(arms.get(0), arms.get(1));
            }
            if (wanted.contains("start")) {
                new StartBenchmark(folder, pairs).run(arms);
            }
            if (wanted.contains("stop")) {
                new StopBenchmark(folder, Math.min(pairs, MAX_SLOW_PAIRS)).run(arms, sink);
            }
        }
        if (wanted.contains("autolog")) {
            new AutologBenchmark(folder, Math.min(pairs, MAX_SLOW_PAIRS)).run();
        }
    }

    private int count(int ofAll) {
        return Math.max(2, ofAll / share);
    }

    private List<Arm> arms(PeerSink sink) {
        Arm none = Arm.none();
        Arm ours = none.ours("spark-mlflow, SQLite", "sqlite:///" + folder.resolve("mlflow.db"), Map.of());
        if (isOursAlone) {
            return List.of(none, ours);
        }
        Arm sparkMeasure = Arm.sparkMeasure(folder);
        return List.of(
                none,
                ours,
                none.openLineage(
                        "OpenLineage, file",
                        Map.of(
                                "type",
                                "file",
                                "location",
                                folder.resolve("lineage.json").toString())),
                none.openLineage("OpenLineage, http", Map.of("type", "http", "url", sink.uri())),
                sparkMeasure.baseline(),
                sparkMeasure);
    }

    private void compare(String name, List<Arm> arms, List<Object> preparation, Object... piece) {
        Comparison comparison = new Comparison(name, WALL_GOAL);
        List<Arm> all = new ArrayList<>(arms);
        all.add(arms.get(0).again());
        for (int pair = 0; pair < pairs; pair++) {
            List<Application> applications = start(all, preparation);
            applications.forEach(application -> application.ask(piece));
            Map<Arm, Map<String, Double>> figures = new LinkedHashMap<>();
            for (int i = 0; i < PIECES; i++) {
                for (Application application : ordered(applications, pair + i)) {
                    Map<String, Double> sums =
                            figures.computeIfAbsent(application.arm(), same -> new LinkedHashMap<>());
                    application.ask(piece).forEach((figure, value) -> sums.merge(figure, value, Double::sum));
                }
            }
            for (Application application : applications) {
                comparison.add(application.arm(), figures.get(application.arm()));
                comparison.addBus(application.arm(), application.ask("bus"));
                application.close();
            }
        }
        System.out.println(comparison);
    }

    private List<Application> start(List<Arm> arms, List<Object> preparation) {
        List<Application> applications = new ArrayList<>();
        for (Arm arm : arms) {
            Application application = Application.start(arm, folder);
            applications.add(application);
            if (!preparation.isEmpty()) {
                application.ask(preparation.get(0), preparation.get(1), folder.resolve("table-" + System.nanoTime()));
            }
        }
        return applications;
    }

    private static List<Application> ordered(List<Application> applications, int pair) {
        List<Application> ordered = new ArrayList<>(applications);
        if (pair % 2 == 1) {
            Collections.reverse(ordered);
        }
        return ordered;
    }

    /** The tasks sleep, so the machine is never busy and the processor time of threads says what a listener costs. */
    private void storm(List<Arm> arms) {
        int jobs = Math.max(MIN_STORM, count(1000));
        Storm storm = new Storm(jobs);
        for (int pair = 0; pair < pairs; pair++) {
            for (Application application : start(arms, List.of())) {
                application.ask("storm", jobs);
                storm.add(application.arm(), application.ask("storm", jobs), application.ask("bus"));
                application.close();
            }
        }
        System.out.println(storm);
    }

    /** As 10,000 queries go by; the first thousand warm up. */
    private void heapOfQueries(Arm none, Arm ours) {
        int step = count(2000);
        heap(
                String.format("each %d queries", step),
                List.of(none, ours),
                application -> {
                    application.ask("table", 3, folder.resolve("table-" + System.nanoTime()));
                    application.ask("executions", 3, step / 2);
                },
                (application, i) -> application.ask("executions", 3, step));
    }

    /** As 3,600 micro-batches of one query go by, an hour of triggers each second; the first 360 warm up. */
    private void heapOfTriggers(Arm none, Arm ours) {
        int step = count(720);
        heap(
                String.format("each %d micro-batches", step),
                List.of(none, ours),
                application -> triggers(application, step / 2),
                (application, i) -> triggers(application, step / 2 + (i + 1) * step));
    }

    private void triggers(Application application, int batches) {
        application.ask("triggers", batches, folder.resolve("checkpoint-" + System.nanoTime()));
    }

    /** Heap in use after full collections. */
    private void heap(String name, List<Arm> arms, Consumer<Application> warmUp, ObjIntConsumer<Application> work) {
        System.out.printf("heap in use after full collections, MB; wanted: at most 10 more than without, and flat%n");
        List<List<Double>> series = new ArrayList<>();
        for (Arm arm : arms) {
            List<Double> megabytes = new ArrayList<>();
            try (Application application = Application.start(arm, folder)) {
                warmUp.accept(application);
                for (int i = 0; i <= HEAP_STEPS; i++) {
                    megabytes.add(application.ask("heap").get("heap") / (1 << 20));
                    if (i < HEAP_STEPS) {
                        work.accept(application, i);
                    }
                }
            }
            System.out.printf("  %s, %s: %s%n", arm.name(), name, rounded(megabytes));
            series.add(megabytes);
        }
        List<Double> added = new ArrayList<>();
        for (int i = 0; i < series.get(0).size(); i++) {
            added.add(series.get(1).get(i) - series.get(0).get(i));
        }
        System.out.printf("  added: %s%n%n", rounded(added));
    }

    private static String rounded(List<Double> values) {
        return String.join(
                " ", values.stream().map(value -> String.format("%.2f", value)).toList());
    }
}
