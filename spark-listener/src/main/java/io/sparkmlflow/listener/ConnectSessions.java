package io.sparkmlflow.listener;

import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * Tells which session of Spark Connect something is done for. One server is one application for many programs, each of which has
 * a session. Spark's classes for it are not there where it is not used.
 */
final class ConnectSessions {
    private static final String STARTED = "org.apache.spark.sql.connect.service.SparkListenerConnectSessionStarted";
    private static final String CLOSED = "org.apache.spark.sql.connect.service.SparkListenerConnectSessionClosed";
    private static final String TAGS = "spark.job.tags";

    /** How Spark Connect marks what it does for a session. A user's name may hold anything. */
    private static final Pattern TAG =
            Pattern.compile("SparkConnect_OperationTag_User_.*?_Session_([0-9a-fA-F-]{36})_Operation_");

    /** In the place of a run's id: the run of a session. */
    private static final String PREFIX = "spark-connect-session:";

    private ConnectSessions() {}

    /** Returns what an event tells of a session, or {@code null} if it is of something else. */
    static Fact told(SparkListenerEvent event) {
        String name = event.getClass().getName();
        boolean isStart = name.equals(STARTED);
        if (!isStart && !name.equals(CLOSED)) {
            return null;
        }
        String id = Members.of(String.class, event, "sessionId");
        Long time = Members.of(Long.class, event, "eventTime");
        if (id == null || time == null) {
            return null;
        }
        return isStart
                ? new Fact.SessionStarted(id, Members.of(String.class, event, "userId"), time)
                : new Fact.SessionEnded(id, time);
    }

    /** Returns what stands for the run of the session that this thread works for, or {@code null}. */
    static String targetRun(SparkContext context) {
        return targetOf(context.getLocalProperty(TAGS));
    }

    /** Returns what stands for the run of the session that a job with these local properties belongs to, or {@code null}. */
    static String targetRun(Properties properties) {
        return targetOf(properties.getProperty(TAGS));
    }

    /** @param tags a text with the tags of jobs in it, or {@code null} */
    static String targetOf(String tags) {
        if (tags == null) {
            return null;
        }
        Matcher matcher = TAG.matcher(tags);
        return matcher.find() ? PREFIX + matcher.group(1) : null;
    }

    /** Returns the id of the session whose run a text stands for, or {@code null} if it is a run's id. */
    static String sessionOf(String targetRun) {
        return targetRun != null && targetRun.startsWith(PREFIX) ? targetRun.substring(PREFIX.length()) : null;
    }
}
