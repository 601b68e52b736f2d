package io.sparkmlflow.listener.weave;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Weaves before any test class is loaded, as the listener does before any class of the user's: in one JVM with other tests, the
 * order of the tests would decide about it.
 */
public final class WeaveFirst implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        try {
            Weaver.weave(WeaveFirst.class.getClassLoader());
        } catch (NotWovenException e) {
            throw new IllegalStateException(e);
        }
    }
}
