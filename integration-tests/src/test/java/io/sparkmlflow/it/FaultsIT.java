package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarFile;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What can go wrong around the listener, and inside: each time the job prints the same and exits with the same code as without
 * it, and the log says once what is missing. Stores that do not answer are {@link MissingStoreIT}'s.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {
    private static final Distribution SPARK = Distribution.inVenv();
    private static final int FILES = 120;
    private static final int TASKS = 100_000;

    private final Path directory = Checkout.newWorkFolder("faults");
    private final String store = PythonMlflow.defaultStore(directory);
    private final Path stormFolder = directory.resolve("storm");
    private final ExecutorService two = Executors.newFixedThreadPool(2);
    private final Map<String, Future<Outcome>> outcomes = new HashMap<>();

    @BeforeAll
    void startAll() throws Exception {
        createStore(store);
        Path jar = Programs.jar(
                SPARK, directory, program("Steady.java"), program("HostileEvents.java"), program("Storm.java"));
        Path sqlite = unpackSqlite();

        startStorm(jar);
        start("without", steady(jar));
        start(
                "full disk",
                onFullDisk(jar, "disk")
                        .jvmOption("-Dorg.sqlite.lib.path=" + sqlite.getParent())
                        .jvmOption("-Dorg.sqlite.lib.name=" + sqlite.getFileName()));
        start("full temporary folder", onFullDisk(jar, "temporary"));
        start("old jar", steady(jar).trackedBy(Distribution.oldest().bundle()));
        start("missing class", steady(jar).trackedBy(bundleWithout("FeatureImportances")));
        start(
                "hostile",
                SparkCommand.submit(SPARK, "HostileEvents", jar, Checkout.trainingTable())
                        .tracked());
        start(
                "late",
                SparkCommand.submit(SPARK, "Steady", jar, Checkout.trainingTable(), "late")
                        .withBundle()
                        .conf("spark.mlflow.flushTimeoutSeconds", "180"));

        Path oldest = Files.createDirectory(directory.resolve("oldest"));
        Path oldestJar = Programs.jar(Distribution.oldest(), oldest, program("Steady.java"));
        start("oldest without", steady(Distribution.oldest(), oldestJar));
        start("new jar", steady(Distribution.oldest(), oldestJar).trackedBy(SPARK.bundle()));
    }

    @AfterAll
    void stop() {
        two.shutdownNow();
    }

    @Test
    void aDiskWithoutRoomForTheStoreOrTheSpool() throws Exception {
        assertThat(assertAsWithout("full disk").ourWarnings())
                .singleElement()
                .asString()
                .contains("not tracked in MLflow: Cannot write the spool");
    }

    @Test
    void aTemporaryFolderWithoutRoomForSqlitesLibrary() throws Exception {
        assertThat(assertAsWithout("full temporary folder").ourWarnings())
                .singleElement()
                .asString()
                .contains("not tracked in MLflow: Cannot write the spool");
    }

    @Test
    void theJarForAnotherScalaNamesTheRightOne() throws Exception {
        assertThat(assertAsWithout("old jar").ourWarnings())
                .singleElement()
                .asString()
                .contains("use spark-mlflow-spark_2.13-" + Checkout.property("it.version") + ".jar");
        Outcome onOldest = outcome("new jar");
        Outcome without = outcome("oldest without");
        assertThat(onOldest.stdout()).isEqualTo(without.stdout()).contains("accuracy");
        assertThat(onOldest.exitCode()).isEqualTo(without.exitCode()).isEqualTo(7);
        assertThat(onOldest.ourWarnings())
                .singleElement()
                .asString()
                .contains("use spark-mlflow-spark_2.12-" + Checkout.property("it.version") + ".jar");
    }

    /** The sender needs the class when the first fit has ended. */
    @Test
    void aMissingClassStopsTheTrackingAndLeavesNoRunOpen() throws Exception {
        assertThat(assertAsWithout("missing class").ourWarnings())
                .singleElement()
                .asString()
                .contains("tracking stops here")
                .contains("FeatureImportances");
        assertEndedEarly("missing class", "FeatureImportances");
    }

    @Test
    void eventsThatThrowInEachCallback() throws Exception {
        Outcome outcome = assertAsWithout("hostile");
        assertThat(outcome.ourWarnings()).hasSize(1);
        // Four callbacks twice, the application's end, and one: after a LinkageError no event is looked into.
        assertThat(outcome.stderr()).containsPattern("(?m)^thrown 10$");
        assertEndedEarly("hostile", "hostile");
    }

    @Test
    void anApplicationAfterOneThatUsedMllibWithoutTheListenerIsTrackedByEvents() throws Exception {
        Outcome outcome = outcome("late");
        Outcome without = outcome("without");
        assertThat(outcome.stdout()).isEqualTo(without.stdout().repeat(2));
        assertThat(outcome.exitCode()).isEqualTo(without.exitCode());
        assertThat(outcome.ourWarnings())
                .singleElement()
                .asString()
                .contains("only those of JVM pipelines")
                .contains("has used MLlib before this application, without this listener");
        Tracked tracked = PythonMlflow.describe(directory, store);
        TrackedRun run = tracked.only(application -> application.name().equals("late"));
        assertThat(run.status()).isEqualTo("FINISHED");
        assertThat(tracked.childrenOf(run)).singleElement().satisfies(fit -> {
            assertThat(fit.status()).isEqualTo("FINISHED");
            assertThat(fit.params()).containsEntry("LogisticRegression.maxIter", "5");
            assertThat(fit.artifacts()).contains("model/MLmodel");
        });
    }

    /** Nothing can be written while the storm goes on, and nearly nothing may wait: what is dropped is counted. */
    @Test
    void aStormOfTasksAndFactsThatNobodyTakes() throws Exception {
        Outcome outcome = outcome("storm");
        // What it prints is known; to run it once more without the listener would take as long again.
        assertThat(outcome.stdout()).isEqualTo("lines " + FILES + "\ntasks " + TASKS + "\n");
        assertThat(outcome.exitCode()).isEqualTo(7);
        assertThat(outcome.ourWarnings()).isEmpty();

        TrackedRun run = PythonMlflow.describe(stormFolder, stormStore())
                .only(one -> one.name().equals("storm"));
        assertThat(run.status()).isEqualTo("FINISHED");
        assertThat(run.metrics())
                .hasEntrySatisfying("spark_mlflow/facts_dropped", dropped -> assertThat(dropped)
                        .isPositive())
                .hasEntrySatisfying(
                        "spark/tasks_succeeded", tasks -> assertThat(tasks).isGreaterThanOrEqualTo(TASKS));
    }

    private Outcome assertAsWithout(String name) throws Exception {
        Outcome without = outcome("without");
        Outcome outcome = outcome(name);
        assertThat(without.stdout()).contains("accuracy");
        assertThat(outcome.stdout()).as("%s", outcome).isEqualTo(without.stdout());
        assertThat(outcome.exitCode()).isEqualTo(without.exitCode()).isEqualTo(7);
        return outcome;
    }

    private void assertEndedEarly(String name, String error) {
        Tracked tracked = PythonMlflow.describe(directory, store);
        TrackedRun run = tracked.only(application -> application.name().equals(name));
        assertThat(run.status()).isEqualTo("FINISHED");
        assertThat(run.params()).containsKey("spark.version");
        assertThat(run.tags()).hasEntrySatisfying("spark.mlflow.stopped", stopped -> assertThat(stopped)
                .contains(error));
        assertThat(tracked.childrenOf(run))
                .allSatisfy(fit -> assertThat(fit.status()).isEqualTo("FINISHED"));
    }

    private Outcome outcome(String name) throws InterruptedException, ExecutionException {
        return outcomes.get(name).get();
    }

    private void start(String name, SparkCommand command) throws IOException {
        command.conf("spark.app.name", name).forTinyData();
        Path folder = Files.createDirectory(directory.resolve(name));
        command.environment("MLFLOW_TRACKING_URI", store);
        outcomes.put(name, two.submit(() -> command.run(folder)));
    }

    private static SparkCommand steady(Path jar) {
        return steady(SPARK, jar);
    }

    private static SparkCommand steady(Distribution spark, Path jar) {
        return SparkCommand.submit(spark, "Steady", jar, Checkout.trainingTable());
    }

    /**
     * No file may grow beyond 64 KiB there. The jar is on the class path, since Spark copies those of {@code --jars}, and the conf is
     * more than fits into the spool.
     */
    private SparkCommand onFullDisk(Path jar, String name) throws IOException {
        Path folder = Files.createDirectory(directory.resolve(name));
        SparkCommand command = steady(jar)
                .withFilesUpTo(64)
                .conf("spark.driver.extraClassPath", SPARK.bundle().toString())
                .conf("spark.extraListeners", "io.sparkmlflow.MlflowSparkListener")
                .conf("spark.mlflow.spool", folder.resolve("spool").toString())
                .conf("spark.mlflow.trackingUri", PythonMlflow.defaultStore(folder));
        IntStream.range(0, 60).forEach(i -> command.conf("spark.filler." + i, "x".repeat(2000)));
        return command;
    }

    private void startStorm(Path jar) throws Exception {
        Path data = Files.createDirectories(stormFolder.resolve("data"));
        createStore(stormStore());
        SparkCommand command = SparkCommand.submit(SPARK, "Storm", jar, data, FILES, TASKS)
                .tracked()
                .conf("spark.mlflow.queueCapacity", "3")
                .conf("spark.mlflow.trackingUri", stormStore())
                .conf("spark.mlflow.spool", stormFolder.resolve("spool").toString())
                .conf("spark.app.name", "storm");
        outcomes.put("storm", two.submit(() -> runWhileTheStoreIsLocked(command, data)));
    }

    private Outcome runWhileTheStoreIsLocked(SparkCommand command, Path data) throws Exception {
        CompletableFuture<Outcome> program;
        try (Connection connection =
                        DriverManager.getConnection("jdbc:" + stormStore().replace("sqlite:///", "sqlite:"));
                Statement statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            program = CompletableFuture.supplyAsync(() -> command.run(stormFolder));
            while (!Files.exists(data.resolve("storm-over")) && !program.isDone()) {
                Thread.sleep(50);
            }
            statement.execute("ROLLBACK");
        }
        Files.createFile(data.resolve("go-on"));
        return program.get();
    }

    private String stormStore() {
        return PythonMlflow.defaultStore(stormFolder);
    }

    private static void createStore(String uri) {
        try (MlflowClient client = new MlflowClient(uri)) {
            client.tracking().getExperiment("0");
        }
    }

    /** Returns a copy of the shipped jar that lacks one of the listener's classes. */
    private Path bundleWithout(String listenerClass) throws IOException {
        Path copy = Files.copy(SPARK.bundle(), directory.resolve("incomplete.jar"));
        try (FileSystem jar = FileSystems.newFileSystem(copy)) {
            Files.delete(jar.getPath("io/sparkmlflow/listener/" + listenerClass + ".class"));
        }
        return copy;
    }

    /** Returns the library as a user has it who installs it by hand: then a full disk is the store's trouble alone. */
    private Path unpackSqlite() throws IOException {
        String processor = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        Path library = directory.resolve("libsqlitejdbc.so");
        try (JarFile jar = new JarFile(SPARK.bundle().toFile());
                InputStream content = jar.getInputStream(
                        jar.getJarEntry("org/sqlite/native/Linux/" + processor + "/libsqlitejdbc.so"))) {
            Files.copy(content, library);
        }
        return library;
    }

    private static Path program(String name) {
        return Checkout.root().resolve("integration-tests/src/test/apps").resolve(name);
    }
}
