package io.sparkmlflow.udf;

import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.TaskContext;

/**
 * The virtual environments of a node, in one folder for all its processes. Each is made once: tasks of one process share the
 * attempt and its failure, and a lock on a file keeps other processes waiting.
 *
 * <p>An environment is made in the place where it stays, because its programs have that path in them; it counts from the moment
 * that a file says that it is complete, and is made anew if its process was killed before.
 */
final class VirtualEnvironments {
    private static final long POLL_MILLIS = 200;
    private static final Map<String, CompletableFuture<Path>> ATTEMPTS = new ConcurrentHashMap<>();

    private VirtualEnvironments() {}

    /**
     * Returns the Python of an environment, which is made if it isn't there.
     *
     * @throws ModelExpressionException if it can't be made; the message has the last words of pip
     */
    static Path python(PythonEnvironment wanted) {
        Path root = root(wanted);
        String attempt = root + "/" + wanted.line() + "/" + wanted.base() + "/" + wanted.key(wanted.line());
        while (true) {
            CompletableFuture<Path> own = new CompletableFuture<>();
            CompletableFuture<Path> shared = ATTEMPTS.computeIfAbsent(attempt, key -> own);
            if (shared == own) {
                return make(wanted, root, attempt, own);
            }
            try {
                Path python = await(wanted, shared);
                if (Files.isExecutable(python)) {
                    return python;
                }
                ATTEMPTS.remove(attempt, shared);
            } catch (CancellationException e) {
                // The task that made it was killed; this one goes on.
                ATTEMPTS.remove(attempt, shared);
            }
        }
    }

    private static Path make(PythonEnvironment wanted, Path root, String attempt, CompletableFuture<Path> own) {
        try {
            Path python = locked(wanted, root, EnvironmentBuild.of(wanted, root));
            own.complete(python);
            return python;
        } catch (ModelExpressionException e) {
            ATTEMPTS.remove(attempt, own);
            own.completeExceptionally(e);
            throw e;
        } finally {
            if (!own.isDone()) {
                ATTEMPTS.remove(attempt, own);
                own.cancel(false);
            }
        }
    }

    private static Path await(PythonEnvironment wanted, CompletableFuture<Path> shared) {
        while (true) {
            try {
                return shared.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                requireAlive(wanted);
            } catch (ExecutionException e) {
                throw new ModelExpressionException(e.getCause().getMessage(), e.getCause());
            } catch (InterruptedException e) {
                throw interrupted(wanted);
            }
        }
    }

    private static Path locked(PythonEnvironment wanted, Path root, EnvironmentBuild build) {
        try {
            Files.createDirectories(root);
            try (FileChannel channel =
                    FileChannel.open(build.lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                while (!tryLock(channel)) {
                    pause(wanted);
                }
                return build.run();
            }
        } catch (IOException e) {
            throw wanted.failure(
                    root + " can't be written (" + e + "); name another folder in "
                            + Setting.FUNCTIONS_ENV_ROOT.sparkKey(),
                    e);
        }
    }

    /** Takes the lock, which ends with the channel. */
    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // Another thread of this process has it.
        }
    }

    private static Path root(PythonEnvironment wanted) {
        String root = wanted.root();
        if (root == null) {
            root = System.getenv(Setting.FUNCTIONS_ENV_ROOT.environmentVariable());
        }
        if (root == null || root.isBlank()) {
            root = Setting.FUNCTIONS_ENV_ROOT.defaultValue();
        }
        String home = System.getProperty("user.home");
        return Path.of(root.startsWith("~/") ? home + root.substring(1) : root).toAbsolutePath();
    }

    /** Waits a little. */
    static void pause(PythonEnvironment wanted) {
        requireAlive(wanted);
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            throw interrupted(wanted);
        }
    }

    /** Fails if the task was killed. */
    private static void requireAlive(PythonEnvironment wanted) {
        TaskContext task = TaskContext.get();
        if (task != null && task.isInterrupted()) {
            throw new IllegalStateException(
                    "The task that waited for the environment of the model " + wanted.uri() + " was killed");
        }
    }

    private static IllegalStateException interrupted(PythonEnvironment wanted) {
        Thread.currentThread().interrupt();
        return new IllegalStateException(
                "The thread that waited for the environment of the model " + wanted.uri() + " was interrupted");
    }
}
