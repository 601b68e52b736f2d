package io.sparkmlflow;

import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.StoreUnavailableException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open run: the handle that {@link Mlflow#startRun()} gives. What a store tells of a run is an {@link
 * io.sparkmlflow.entities.Run}.
 *
 * <p>Closing it ends the run as FINISHED, or as FAILED after {@link #fail()}. A try statement does not tell {@code close} of an
 * exception; {@link Mlflow#inRun} does.
 */
public final class Run implements AutoCloseable {
    private final MlflowClient client;
    private final ActiveRuns owner;
    private final RunInfo info;
    private final RunModels models;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean failed;
    private volatile RunStatus endsAs = RunStatus.FINISHED;

    Run(MlflowClient client, ActiveRuns owner, RunInfo info, RunModels models) {
        this.client = client;
        this.owner = owner;
        this.info = info;
        this.models = models;
    }

    public String runId() {
        return info.runId();
    }

    /** Returns the run as it was when it was started here; {@link Mlflow#getRun} asks the store. */
    public RunInfo info() {
        return info;
    }

    RunModels models() {
        return models;
    }

    /** Returns the client that the run was started with, which logs to the run from any thread by {@link #runId()}. */
    public MlflowClient client() {
        return client;
    }

    /** Makes {@link #close()} end the run as FAILED. */
    public void fail() {
        failed = true;
    }

    /**
     * Ends the run when all that was logged to it is stored; the second time nothing happens.
     *
     * @throws StoreUnavailableException if the store does not answer. The run is not active any more, but it can be ended
     *     again, and the end of the JVM tries once more
     * @throws MlflowException if the store refused a part of what was logged; the run is ended then
     */
    public void end(RunStatus status) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        endsAs = status;
        owner.remove(this);
        try {
            client.setTerminated(runId(), status);
        } catch (StoreUnavailableException e) {
            ended.set(false);
            owner.keepForExit(this);
            throw e;
        }
    }

    /** Ends the run as it was to be ended when the store did not answer, else as FINISHED. */
    void endAtExit() {
        end(endsAs);
    }

    /** Ends the run as FINISHED, or as FAILED after {@link #fail()}; see {@link #end}. */
    @Override
    public void close() {
        end(failed ? RunStatus.FAILED : RunStatus.FINISHED);
    }

    @Override
    public String toString() {
        return "Run[" + runId() + "]";
    }
}
