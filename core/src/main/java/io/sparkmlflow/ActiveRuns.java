package io.sparkmlflow;

import io.sparkmlflow.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runs that are open, a stack for each thread; the top one is the thread's active run. */
final class ActiveRuns {
    private static final Logger LOG = LoggerFactory.getLogger(ActiveRuns.class);

    private final ThreadLocal<Deque<Run>> ofThread = ThreadLocal.withInitial(ConcurrentLinkedDeque::new);
    private final ThreadLocal<Run> lastEnded = new ThreadLocal<>();
    private final Deque<Run> all = new ConcurrentLinkedDeque<>();
    private final Deque<Run> unended = new ConcurrentLinkedDeque<>();

    void add(Run run) {
        ofThread.get().push(run);
        all.push(run);
    }

    /** Forgets a run that is ending. A thread that still has it on its stack will find that it is no longer open. */
    void remove(Run run) {
        all.remove(run);
        ofThread.get().remove(run);
        unended.remove(run);
        lastEnded.set(run);
    }

    /** Remembers a run whose end the store has not heard of. */
    void keepForExit(Run run) {
        unended.push(run);
    }

    /** Returns the calling thread's active run. */
    Optional<Run> active() {
        Deque<Run> stack = ofThread.get();
        stack.removeIf(run -> !all.contains(run));
        return Optional.ofNullable(stack.peek());
    }

    /** Returns the run that the calling thread ended last. */
    Optional<Run> lastEnded() {
        return Optional.ofNullable(lastEnded.get());
    }

    /** Ends the runs of all threads, nested ones first. A store that does not answer is asked once, not for each run. */
    void endAll() {
        List<Run> runs = new ArrayList<>(all);
        runs.addAll(unended);
        Set<MlflowClient> unavailable = new HashSet<>();
        for (Run run : runs) {
            try {
                if (!unavailable.contains(run.client())) {
                    run.endAtExit();
                }
            } catch (StoreUnavailableException e) {
                unavailable.add(run.client());
                LOG.error("The run {} and others of its store stay open: {}", run.runId(), e.getMessage());
            } catch (MlflowException e) {
                LOG.error("The run {} could not be ended as it should: {}", run.runId(), e.getMessage());
            }
        }
    }
}
