package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FactQueueTest {
    private static final Fact DROPPABLE = new Fact.DataUsed(null, List.of());
    private static final Fact KEPT = new Fact.ModelLost("fit");

    @Test
    void dropsTheOldestDroppableFactWhenItIsFull() throws InterruptedException {
        FactQueue queue = new FactQueue(2);
        queue.add(DROPPABLE);
        queue.add(KEPT);

        queue.add(new Fact.ModelLost("second"));

        assertThat(queue.dropped()).isEqualTo(1);
        assertThat(queue.take()).isEqualTo(KEPT);
        assertThat(queue.take()).isEqualTo(new Fact.ModelLost("second"));
    }

    @Test
    void dropsANewDroppableFactWhenNothingElseCanGo() {
        FactQueue queue = new FactQueue(1);
        queue.add(KEPT);

        queue.add(DROPPABLE);

        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.dropped()).isEqualTo(1);
    }

    @Test
    void keepsWhatMayNotBeDroppedBeyondItsBound() {
        FactQueue queue = new FactQueue(1);
        queue.add(KEPT);

        queue.add(KEPT);

        assertThat(queue.size()).isEqualTo(2);
        assertThat(queue.dropped()).isZero();
    }

    @Test
    void givesNothingMoreOnceItIsClosed() throws InterruptedException {
        FactQueue queue = new FactQueue(2);
        Thread closer = new Thread(queue::close);
        closer.start();

        assertThat(queue.take()).isNull();

        assertThat(queue.isClosed()).isTrue();
        closer.join();
    }

    @Test
    void keepsNothingOnceNobodyTakesIt(@TempDir Path directory) throws IOException {
        FactQueue queue = new FactQueue(10);
        Path waiting = Files.createDirectories(directory.resolve("waiting/model"));
        Path late = Files.createDirectories(directory.resolve("late/model"));
        queue.add(new Fact.ModelSaved("fit", List.of(new Fact.SavedModel("model", waiting))));

        queue.close();
        queue.add(new Fact.ModelSaved("fit", List.of(new Fact.SavedModel("model", late))));
        queue.add(KEPT);

        assertThat(queue.size()).isZero();
        assertThat(directory).isEmptyDirectory();
    }
}
