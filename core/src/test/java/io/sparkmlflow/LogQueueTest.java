package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a real SQLite file, whose batches can be held up, counted and cut off from here. */
@Timeout(60)
class LogQueueTest {
    @TempDir
    Path folder;

    private boolean likeAServer;
    private final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch started = new CountDownLatch(1);
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile boolean down;
    private volatile Error error;
    private TrackingStore store;
    private TrackingStore watched;
    private String run;
    private LogQueue queue;

    @BeforeEach
    void open() {
        store = SqlStores.openTracking(
                "sqlite:///" + folder.resolve("mlflow.db"),
                folder.resolve("mlruns").toString());
        run = newRun();
        watched = watched(store);
        queue = new LogQueue(watched);
    }

    @AfterEach
    void close() {
        gate.countDown();
        store.close();
    }

    private String newRun() {
        return store.createRun(new CreateRun("0", null, "me", 1, Map.of()))
                .info()
                .runId();
    }

    /** The store itself, with what this test does to its batches before it gets them. */
    private TrackingStore watched(TrackingStore real) {
        return (TrackingStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {TrackingStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("maxItemsTogether") && likeAServer) {
                        return LogBatch.MAX_ITEMS;
                    }
                    if (method.getName().equals("logTogether")) {
                        int size = 0;
                        for (int i = 1; i < 4; i++) {
                            size += ((List<?>) arguments[i]).size();
                        }
                        batches.add(size);
                        started.countDown();
                        assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
                        if (error != null) {
                            throw error;
                        }
                        if (down) {
                            throw new StoreUnavailableException("The server is down.", null);
                        }
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Metric point(String key, int step) {
        return new Metric(key, step, step, step);
    }

    private List<Metric> history(String runId, String key) {
        return store.getMetricHistory(runId, key, 50_000, null).items();
    }

    @Test
    void whatIsLoggedDuringARequestGoesWithTheNext() throws InterruptedException {
        likeAServer = true;
        gate = new CountDownLatch(1);
        queue.add(run, point("loss", 0));
        assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
        for (int step = 1; step <= 2500; step++) {
            queue.add(run, point("loss", step));
        }
        gate.countDown();
        queue.flush();

        assertThat(batches).containsExactly(1, 1000, 1000, 500);
        assertThat(history(run, "loss")).hasSize(2501).extracting(Metric::step).isSorted();
    }

    @Test
    void aStoreThatTakesMoreThanARequestGetsItAtOnce() throws InterruptedException {
        gate = new CountDownLatch(1);
        queue.add(run, point("loss", 0));
        assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
        for (int step = 1; step <= 2500; step++) {
            queue.add(run, point("loss", step));
        }
        gate.countDown();
        queue.flush();

        assertThat(batches).containsExactly(1, 2500);
        assertThat(history(run, "loss")).hasSize(2501);
    }

    @Test
    void aFullQueueMakesItsCallersWaitAndDropsNothing() throws InterruptedException {
        queue = new LogQueue(watched, 10);
        gate = new CountDownLatch(1);
        AtomicInteger logged = new AtomicInteger();
        CompletableFuture<Void> caller = CompletableFuture.runAsync(() -> {
            for (int step = 0; step < 100; step++) {
                queue.add(run, point("loss", step));
                logged.incrementAndGet();
            }
        });
        assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(logged).hasValueLessThanOrEqualTo(10);
        gate.countDown();
        caller.join();
        queue.flush();
        assertThat(history(run, "loss")).hasSize(100);
    }

    @Test
    void onlyWhatIsRefusedIsLostAndTheFlushOfItsRunTells() throws InterruptedException {
        String other = newRun();
        gate = new CountDownLatch(1);
        for (int step = 0; step < 700; step++) {
            queue.add(run, point(step == 333 || step == 650 ? "bad#key" : "loss", step));
            queue.add(other, point("loss", step));
        }
        gate.countDown();

        queue.flush(other);
        MlflowException refusal = catchThrowableOfType(MlflowException.class, () -> queue.flush(run));
        assertThat(refusal.errorCode()).isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
        assertThat(refusal)
                .hasMessageContaining("2 values")
                .hasMessageContaining(run)
                .hasMessageContaining("bad#key");
        assertThat(history(run, "loss")).hasSize(698);
        assertThat(history(other, "loss")).hasSize(700);
        queue.flush();
    }

    @Test
    void aDeletedRunIsAskedFewTimes() {
        store.deleteRun(run);
        gate = new CountDownLatch(1);
        for (int step = 0; step < 1000; step++) {
            queue.add(run, point("loss", step));
        }
        gate.countDown();
        assertThatThrownBy(() -> queue.flush()).hasMessageContaining("must be in the 'active' state");
        assertThat(batches.size()).isLessThanOrEqualTo(4);
    }

    @Test
    void aParamWithAnotherValueIsToldAndTheRestIsStored() {
        queue.add(run, new Param("depth", "5"));
        queue.add(run, new Param("depth", "6"));
        queue.add(run, new Param("width", "1"));
        queue.add(run, new Tag("team", "red"));
        assertThatThrownBy(() -> queue.flush())
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("Changing param values is not allowed");
        assertThat(store.getRun(run).data().params()).containsOnly(Map.entry("depth", "5"), Map.entry("width", "1"));
        assertThat(store.getRun(run).data().tags()).containsEntry("team", "red");
    }

    @Test
    void nothingIsLostWhileTheStoreIsDown() {
        down = true;
        for (int step = 0; step < 10; step++) {
            queue.add(run, point("loss", step));
        }
        assertThatThrownBy(() -> queue.flush(run)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> queue.flush()).isInstanceOf(StoreUnavailableException.class);
        down = false;
        queue.flush();
        assertThat(history(run, "loss")).hasSize(10);
    }

    @Test
    void closingSendsWhatIsLeftAndTakesNoMore() {
        queue.add(run, point("loss", 1));
        queue.close();
        assertThat(history(run, "loss")).hasSize(1);
        assertThatThrownBy(() -> queue.add(run, point("loss", 2))).hasMessageContaining("was closed");
    }

    @Test
    void closingSaysWhatIsLost() {
        down = true;
        queue.add(run, point("loss", 1));
        queue.add(run, point("loss", 2));
        assertThatThrownBy(() -> queue.close())
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("The server is down.")
                .hasMessageContaining("are lost: 2");
    }

    @Test
    void threadsShareTheQueueAndLoseNothing() {
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String key = "m" + i;
            threads.add(CompletableFuture.runAsync(() -> {
                for (int step = 0; step < 500; step++) {
                    queue.add(run, point(key, step));
                    if (step % 100 == 0) {
                        queue.flush(run);
                    }
                }
                queue.flush(run);
                assertThat(history(run, key)).hasSize(500);
            }));
        }
        threads.forEach(CompletableFuture::join);
    }

    @Test
    void waitingLeavesARefusalForTheFlush() {
        queue.add(run, point("not/../normal", 1));
        queue.add(run, point("loss", 1));
        queue.await(run);
        queue.await();
        assertThat(history(run, "loss")).hasSize(1);
        assertThatThrownBy(() -> queue.flush(run)).hasMessageContaining("not/../normal");
    }

    @Test
    void anErrorIsToldAndTheThreadLivesOn() {
        error = new NoClassDefFoundError("com/example/Gone");
        queue.add(run, point("loss", 1));
        assertThatThrownBy(() -> queue.flush(run)).hasMessageContaining("com/example/Gone");
        error = null;
        queue.add(run, point("loss", 2));
        queue.flush(run);
        assertThat(history(run, "loss")).hasSize(1);
    }

    @Test
    void anInterruptedThreadThatClosesLosesNothing() {
        queue.add(run, point("loss", 1));
        Thread.currentThread().interrupt();
        queue.close();
        assertThat(Thread.interrupted()).as("the thread is still interrupted").isTrue();
        assertThat(history(run, "loss")).hasSize(1);
    }
}
