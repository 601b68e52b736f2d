package io.sparkmlflow.listener;

import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import java.util.HashMap;
import java.util.Map;

/**
 * The runs that work goes to besides the application's: those that the user names, and one for each session of Spark Connect.
 * Used by the sender's thread alone.
 */
final class TargetRuns {
    private static final String SESSION_TAG = "spark.connect.sessionId";
    private static final String USER_TAG = "spark.connect.userId";
    private static final int ID_LENGTH = 8;
    private static final int MAX_SESSIONS = 10_000;

    private final RunWriter runs;
    private final Map<String, RunInfo> sessions = new Recent<>(MAX_SESSIONS);
    private final Map<String, RunInfo> open = new HashMap<>();

    /** When the sessions began whose runs could not be created yet. */
    private final Map<String, Long> startTimes = new HashMap<>();

    TargetRuns(RunWriter runs) {
        this.runs = runs;
    }

    /** Opens a session's run, unless what was done for it was told before. */
    void started(Fact.SessionStarted fact) {
        RunInfo run = session(fact.sessionId(), fact.time());
        if (fact.userId() != null && !fact.userId().isBlank()) {
            runs.tag(run, Map.of(USER_TAG, fact.userId(), MlflowTags.USER, fact.userId()));
        }
    }

    void ended(Fact.SessionEnded fact) {
        RunInfo run = open.get(fact.sessionId());
        if (run != null) {
            runs.end(run, RunStatus.FINISHED, fact.time());
            open.remove(fact.sessionId());
        }
    }

    /** Ends the sessions that nobody has closed. */
    void applicationEnded(RunStatus status, long time) {
        open.values().forEach(run -> runs.end(run, status, time));
        open.clear();
    }

    /**
     * Returns the run that work is sent to; {@code null} if it belongs to the application's.
     *
     * @param target a run's id, what stands for a session, or {@code null}
     * @param time of the work, in milliseconds since the epoch
     */
    RunInfo find(String target, long time) {
        if (target == null) {
            return null;
        }
        String session = ConnectSessions.sessionOf(target);
        return session == null ? runs.client().tracking().getRun(target).info() : session(session, time);
    }

    private RunInfo session(String id, long time) {
        RunInfo run = sessions.get(id);
        if (run == null) {
            String name = "connect-" + id.substring(0, Math.min(ID_LENGTH, id.length()));
            // The same each time that this is tried, or a lost answer would make a second run.
            long firstTime = startTimes.computeIfAbsent(id, untold -> time);
            run = runs.createNested(runs.application(), name, firstTime, Map.of(SESSION_TAG, id));
            startTimes.remove(id);
            sessions.put(id, run);
            open.put(id, run);
        }
        return run;
    }
}
