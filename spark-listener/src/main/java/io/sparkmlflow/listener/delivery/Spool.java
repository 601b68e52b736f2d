package io.sparkmlflow.listener.delivery;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** What one application could not send: the calls, in order, and beside them the files and models that they name. */
final class Spool implements Closeable {
    static final int FORMAT = 1;

    /** A driver's disk is not ours to fill; files and models are apart from this. */
    private static final long MAX_BYTES = 256L << 20;

    private final Path folder;
    private final SpoolFile records;
    private final SpoolLock lock;
    private int kept;
    private boolean isSent;

    private Spool(Path folder, SpoolFile records, SpoolLock lock) {
        this.folder = folder;
        this.records = records;
        this.lock = lock;
    }

    /**
     * Makes a new spool in a folder for all. Nobody else sends it before it is closed.
     *
     * @param runs the store's ids of runs that the calls have other ids for
     */
    static Spool create(Path root, String trackingUri, Map<String, String> runs) {
        Path folder = root.resolve("application-" + UUID.randomUUID());
        try {
            SpoolFolders.create(folder);
            SpoolLock lock = SpoolLock.tryLock(folder);
            Spool spool = new Spool(folder, SpoolFile.append(folder.resolve(SpoolFolders.RECORDS)), lock);
            spool.add(new SpoolOp.Origin(FORMAT, trackingUri));
            try (ReplayProgress progress = ReplayProgress.open(folder)) {
                runs.forEach(progress::created);
            }
            return spool;
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    /** Opens a spool again, to add to it. */
    static Spool reopen(Path folder) {
        try {
            SpoolLock lock = SpoolLock.tryLock(folder);
            return new Spool(folder, SpoolFile.append(folder.resolve(SpoolFolders.RECORDS)), lock);
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    Path folder() {
        return folder;
    }

    /** Returns whether nothing was added since {@link #sent}. */
    boolean isSent() {
        return isSent;
    }

    /** Notes that the store has, or has refused, all that is here. */
    void sent() {
        isSent = true;
    }

    /** Returns how many bytes the calls take. */
    long length() {
        return records.length();
    }

    void add(SpoolOp op) {
        if (records.length() > MAX_BYTES) {
            throw new MlflowException(
                    ErrorCode.RESOURCE_EXHAUSTED, "The spool " + folder + " is full: it has " + MAX_BYTES + " bytes");
        }
        try {
            isSent = false;
            records.add(op.toBytes());
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    /** Copies a file into the spool and returns its path there. */
    String keepFile(Path file) {
        try {
            Path target = newFolder().resolve(file.getFileName().toString());
            Files.copy(file, target);
            return folder.relativize(target).toString();
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    /** Moves a folder with all that is in it into the spool and returns its path there. */
    String keepFolder(Path source) {
        try {
            Path target = newFolder().resolve(source.getFileName().toString());
            try {
                Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                copyTree(source, target);
            }
            return folder.relativize(target).toString();
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    private Path newFolder() throws IOException {
        return SpoolFolders.create(folder.resolve("files").resolve(Integer.toString(++kept)));
    }

    private static void copyTree(Path source, Path target) throws IOException {
        try (Stream<Path> paths = Files.walk(source)) {
            for (Path path : paths.toList()) {
                Files.copy(path, target.resolve(source.relativize(path).toString()));
            }
        }
    }

    private static MlflowException cannotWrite(Path folder, IOException e) {
        return new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot write the spool " + folder + ": " + e, e);
    }

    @Override
    public void close() {
        try (lock) {
            records.close();
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }
}
