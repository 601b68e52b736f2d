package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In a database that ignores case and accents nothing overwrites what is not the same. */
class MySqlCollationIT {
    private TrackingStore tracking;
    private ModelRegistry registry;
    private String runId;

    @BeforeEach
    void openStores() {
        String uri = MariaDbServer.shared().newDatabase("utf8mb4_general_ci");
        tracking = SqlStores.openTracking(uri, "/artifacts");
        registry = SqlStores.openRegistry(uri);
        runId = tracking.createRun(new CreateRun("0", "shared", "alice", 1, Map.of("kind", "a")))
                .info()
                .runId();
    }

    @AfterEach
    void closeStores() {
        tracking.close();
        registry.close();
    }

    @Test
    void aKeyThatOnlyTheCollationTakesForAnotherIsRefused() {
        tracking.logBatch(runId, List.of(new Metric("loss", 1, 1, 1)), List.of(new Param("depth", "1")), List.of());

        assertRefused(() -> tracking.setTag(runId, new Tag("Kind", "b")));
        assertRefused(() -> tracking.setTag(runId, new Tag("kínd", "b")));
        assertRefused(() -> log(new Metric("LOSS", 1, 1, 1)));
        assertRefused(() -> log(new Metric("LOSS", 2, 2, 2)));
        assertRefused(() -> log(new Metric("auc", 2, 2, 2), new Metric("AUC", 2, 2, 3)));
        assertRefused(() -> tracking.logBatch(runId, List.of(), List.of(new Param("Depth", "1")), List.of()));

        Run run = tracking.getRun(runId);
        assertThat(run.data().tags()).containsEntry("kind", "a").doesNotContainKeys("Kind", "kínd");
        assertThat(run.data().metrics()).containsExactly(new Metric("loss", 1, 1, 1));
        assertThat(run.data().params()).containsOnly(Map.entry("depth", "1"));
    }

    @Test
    void filtersTellUpperFromLowerCase() {
        tracking.logBatch(runId, List.of(new Metric("loss", 1, 1, 1)), List.of(), List.of());

        assertThat(found("tags.kind = 'a'")).isOne();
        assertThat(found("tags.kind = 'A'")).isZero();
        assertThat(found("tags.kind != 'A'")).isOne();
        assertThat(found("tags.Kind = 'a'")).isZero();
        assertThat(found("tags.kind LIKE 'A%'")).isZero();
        assertThat(found("tags.kind ILIKE 'A%'")).isOne();
        assertThat(found("metrics.Loss = 1")).isZero();
        assertThat(found("run_id IN ('" + runId.toUpperCase(java.util.Locale.ROOT) + "x')"))
                .isZero();
    }

    @Test
    void aRegisteredModelIsFoundUnderItsExactNameAndTakesAllOthersThatAreTheSame() {
        registry.createRegisteredModel("model", null, Map.of());

        assertThatThrownBy(() -> registry.createRegisteredModel("Model", null, Map.of()))
                .hasMessage("Registered Model (name=model) already exists.");
        assertThat(registry.findRegisteredModel("Model")).isEmpty();
        assertThatThrownBy(() -> registry.createModelVersion(
                        new CreateModelVersion("MODEL", "file:///files", null, null, null, null, Map.of())))
                .hasMessage("Registered Model with name=MODEL not found");
        assertThatThrownBy(() -> tracking.createExperiment("default", null, Map.of()))
                .hasMessage("Experiment(name=Default) already exists.");
    }

    private void log(Metric... metrics) {
        tracking.logBatch(runId, List.of(metrics), List.of(), List.of());
    }

    private int found(String filter) {
        return tracking.searchRuns(SearchRuns.in("0").withFilter(filter))
                .items()
                .size();
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("differs from one that is there only in what the database's collation ignores")
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(ErrorCode.BAD_REQUEST);
    }
}
