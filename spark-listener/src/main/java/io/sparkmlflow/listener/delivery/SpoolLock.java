package io.sparkmlflow.listener.delivery;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Lets one process at a time write or send a spool. The system takes it from a process that dies. */
final class SpoolLock implements Closeable {
    private final FileChannel channel;

    private SpoolLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Returns the lock of a spool, or {@code null} if somebody has it. */
    static SpoolLock tryLock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = null;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null; // somebody in this JVM has it
        } finally {
            if (held == null) {
                channel.close();
            }
        }
        return held == null ? null : new SpoolLock(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
