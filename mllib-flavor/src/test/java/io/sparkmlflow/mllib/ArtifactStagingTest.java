package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ArtifactStagingTest {
    private static final int TASKS = 4;
    private static final int ATTEMPTS = 500;

    @Test
    void tasksThatEndTakeNoDirectoryFromThoseThatBegin() throws Exception {
        ArtifactStaging staging = ArtifactStaging.of("tasks");
        ExecutorService threads = Executors.newFixedThreadPool(TASKS);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int task = 0; task < TASKS; task++) {
                String folder = "table/_temporary/0/_temporary/attempt_" + task;
                tasks.add(() -> {
                    for (int i = 0; i < ATTEMPTS; i++) {
                        try (OutputStream file = staging.newFile(folder + "/part")) {
                            file.write(1);
                        }
                        assertThat(staging.list(folder)).containsExactly("part");
                        staging.delete(folder);
                    }
                    return null;
                });
            }
            for (Future<Void> task : threads.invokeAll(tasks)) {
                assertThatCode(task::get).doesNotThrowAnyException();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(staging.list("table")).isEmpty();
    }
}
