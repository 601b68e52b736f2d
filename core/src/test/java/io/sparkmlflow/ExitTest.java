package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExitTest {
    @TempDir
    Path folder;

    /** Logs, and leaves everything open. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            Mlflow.setTrackingUri(arguments[0]);
            Mlflow.startRun("parent");
            Mlflow.startNestedRun("child");
            for (int step = 0; step < 5000; step++) {
                Mlflow.logMetric("loss", step, step);
            }
        }
    }

    @Test
    void nothingIsLostAndNoRunStaysOpenWhenAProgramJustEnds() throws IOException, InterruptedException {
        String uri = "sqlite:///" + folder.resolve("mlflow.db");
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        uri)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(300, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        assertThat(log).content().as("log lines of the pool").doesNotContainIgnoringCase("hikari", "pool");

        try (MlflowClient client = new MlflowClient(uri)) {
            List<io.sparkmlflow.entities.Run> runs = client.searchRuns(
                            SearchRuns.in("0").withOrderBy("attributes.run_name ASC"))
                    .items();
            assertThat(runs).extracting(run -> run.info().runName()).containsExactly("child", "parent");
            assertThat(runs).extracting(run -> run.info().status()).containsOnly(RunStatus.FINISHED);
            assertThat(client.getMetricHistory(runs.get(0).info().runId(), "loss"))
                    .hasSize(5000);
        }
    }
}
