package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SenderTest {
    private static final Duration AT_ONCE = Duration.ofMillis(20);
    private static final int ATTEMPTS = 1500;

    @TempDir
    Path directory;

    @Test
    void whatWasSpooledIsSentAsSoonAsTheStoreIsBackAndWhatComesAfterIt() throws Exception {
        Path folder = Files.createFile(directory.resolve("stores"));
        String store = "sqlite:///" + folder.resolve("mlflow.db");
        Path spool = directory.resolve("spool");
        Map<String, String> conf = Map.of("spark.mlflow.trackingUri", store, "spark.mlflow.spool", spool.toString());
        FactQueue queue = new FactQueue(1);
        Sender sender = new Sender(
                queue,
                new RunRecorder(MlflowConfig.of(conf::get, Map.of()), MlflowClient::open),
                new ResendSchedule(System::nanoTime, AT_ONCE, AT_ONCE, AT_ONCE));
        sender.start();
        queue.add(new Fact.ApplicationStarted("long", "me", 1, Map.of("a", "1"), Map.of("mlflow.source.name", "long")));
        // More than there is room for, so that it is kept on the disk and not in memory.
        queue.add(new Fact.TagsFound(Map.of("found", "early")));
        await(() -> Files.exists(spool) && filesIn(spool) > 0);

        // A file where the store's folder has to be, until now.
        Files.delete(folder);
        Files.createDirectory(folder);
        await(() -> Files.exists(folder.resolve("mlflow.db")) && has(store, Map.of("a", "1")));
        queue.add(new Fact.TagsFound(Map.of("found", "late")));
        await(() -> "late".equals(application(store).data().tags().get("found")));
        assertThat(application(store).info().status()).isEqualTo(RunStatus.RUNNING);

        queue.add(new Fact.ApplicationEnded(9, RunStatus.FINISHED, List.of()));
        sender.finish(60_000);
        assertThat(application(store).info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(filesIn(spool)).isZero();
    }

    private static Run application(String store) {
        return StoredRuns.read(store).application("long");
    }

    private static boolean has(String store, Map<String, String> params) {
        return StoredRuns.read(store).runs().stream()
                .anyMatch(run -> run.data().params().equals(params));
    }

    private static long filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    private interface Condition {
        boolean isMet() throws IOException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        for (int attempt = 0; !condition.isMet(); attempt++) {
            assertThat(attempt).as("attempts").isLessThan(ATTEMPTS);
            Thread.sleep(40);
        }
    }
}
