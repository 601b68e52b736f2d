package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.it.Scoring.Scored;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same program against a real {@code mlflow server} logs what it logs to the embedded store. */
class RestServerIT {
    private static final Distribution SPARK = Distribution.inVenv();

    private static Path directory;
    private static MlflowServer server;
    private static Tracked tracked;

    @BeforeAll
    static void trainAgainstAServer() {
        directory = Checkout.newWorkFolder("rest-server");
        server = MlflowServer.start(directory, "sqlite:///" + directory.resolve("server.db"));
        Outcome outcome = Training.command(SPARK, directory)
                .tracked()
                .conf("spark.mlflow.trackingUri", server.uri())
                .conf("spark.mlflow.autolog.registeredModelName", Training.MODEL)
                .run(directory)
                .assertSucceeded();
        assertThat(outcome.ourWarnings()).isEmpty();
        tracked = PythonMlflow.describe(directory, server.uri());
    }

    @AfterAll
    static void stopTheServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void nothingIsWrittenBesideTheServer() {
        assertThat(directory.resolve("mlflow.db")).doesNotExist();
        assertThat(directory.resolve("mlruns")).doesNotExist();
    }

    @Test
    void theApplicationsRunHasTheSameContent() {
        assertSameContent(tracked.application(), Training.on(SPARK).tracked().application());
    }

    @Test
    void theFitsRunHasTheSameContent() {
        TrackedRun embedded = Training.on(SPARK).tracked().fit();
        assertSameContent(tracked.fit(), embedded);
        // Training is deterministic, so its metrics are equal and not just there.
        assertThat(tracked.fit().params()).isEqualTo(embedded.params());
        assertThat(tracked.fit().metrics()).isEqualTo(embedded.metrics());
    }

    @Test
    void theModelLiesInTheServersArtifacts() {
        assertThat(tracked.fit().json().get("artifact_uri").asText()).startsWith("mlflow-artifacts:/");
        assertThat(tracked.fit().artifacts()).contains("model/MLmodel");
    }

    @Test
    void theModelIsRegisteredAndScoredByUri() {
        assertThat(tracked.modelVersions()).hasSize(1);
        assertThat(tracked.modelVersions().get(0).get("run_id").asText())
                .isEqualTo(tracked.fit().id());
        List<Scored> rows = Scoring.score(SPARK, directory, server.uri(), "models:/" + Training.MODEL + "/1");
        assertThat(rows).hasSize(142);
        assertThat(Scoring.accuracy(rows)).isGreaterThan(0.95);
    }

    private static void assertSameContent(TrackedRun run, TrackedRun expected) {
        assertThat(run.name()).isEqualTo(expected.name());
        assertThat(run.status()).isEqualTo(expected.status());
        Set<String> params = new TreeSet<>(run.params().keySet());
        params.remove("spark.mlflow.trackingUri");
        assertThat(params).isEqualTo(expected.params().keySet());
        assertThat(run.metrics().keySet()).isEqualTo(expected.metrics().keySet());
        assertThat(run.tags().keySet()).isEqualTo(expected.tags().keySet());
        assertThat(sources(run)).isEqualTo(sources(expected));
        assertThat(withoutRandomNames(run.artifacts())).isEqualTo(withoutRandomNames(expected.artifacts()));
    }

    private static List<String> sources(TrackedRun run) {
        return run.datasets()
                .valueStream()
                .map(dataset -> dataset.get("source").asText())
                .sorted()
                .toList();
    }

    /** Spark's part files and stage uids are named at random. */
    private static List<String> withoutRandomNames(List<String> paths) {
        return paths.stream()
                .map(path -> path.replaceAll("part-[^/]*", "part").replaceAll("_[0-9a-f]{12}", ""))
                .sorted()
                .toList();
    }
}
