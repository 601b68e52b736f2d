package io.sparkmlflow.udf;

import io.sparkmlflow.artifacts.TemporaryFolders;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.python.PythonBroadcast;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.serializer.SerializerManager;
import org.apache.spark.sql.SparkSession;

/**
 * A folder of the driver that Python workers on other machines read: an archive in a broadcast of PySpark's kind, which executors
 * get from each other and keep on their disks. On one machine it is just the folder.
 *
 * <p>Not {@code SparkContext.addArchive}: every executor would get it with its next task, whatever that runs, and no one could take
 * it back; and a session of Spark Connect has files of its own.
 */
final class SharedFolder {
    private final Path folder;
    private final long bytes;
    private final Broadcast<PythonBroadcast> broadcast;

    private SharedFolder(Path folder, long bytes, Broadcast<PythonBroadcast> broadcast) {
        this.folder = folder;
        this.bytes = bytes;
        this.broadcast = broadcast;
    }

    static SharedFolder share(SparkSession spark, Path folder) {
        try {
            long bytes = size(folder);
            if (spark.sparkContext().isLocal()) {
                return new SharedFolder(folder, bytes, null);
            }
            Path temporary = TemporaryFolders.createUntilExit();
            Path archive = temporary.resolve("archive.zip");
            Path pickle = temporary.resolve("archive.pickle");
            zip(folder, archive);
            pickle(archive, pickle);
            Files.delete(archive);
            Broadcast<PythonBroadcast> broadcast = JavaSparkContext.fromSparkContext(spark.sparkContext())
                    .broadcast(new PythonBroadcast(pickle.toString()));
            return new SharedFolder(folder, bytes, broadcast);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot pack the folder " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Returns the folder's path if every worker can read it there, else null. */
    String path() {
        return broadcast == null ? folder.toString() : null;
    }

    /** Returns what a function's command is sent with. */
    List<Broadcast<PythonBroadcast>> broadcasts() {
        return broadcast == null ? List.of() : List.of(broadcast);
    }

    /** Returns the size of the files. */
    long bytes() {
        return bytes;
    }

    /** Returns what the driver's block manager holds. */
    long driverBytes() {
        return broadcast == null ? 0 : bytes;
    }

    void release() {
        if (broadcast != null) {
            broadcast.unpersist(false);
        }
    }

    private static long size(Path folder) throws IOException {
        long size = 0;
        for (Path file : files(folder)) {
            size += Files.size(file);
        }
        return size;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(Files::isRegularFile).toList();
        }
    }

    private static void zip(Path folder, Path archive) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(archive)))) {
            // The broadcast is compressed anyway.
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (Path file : files(folder)) {
                zip.putNextEntry(new ZipEntry(folder.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
    }

    /** Writes a pickle of the archive's bytes: what PySpark takes for the value of a broadcast. */
    private static void pickle(Path archive, Path pickle) throws IOException {
        SerializerManager serializers = SparkEnv.get().serializerManager();
        try (OutputStream out =
                serializers.wrapForEncryption(new BufferedOutputStream(Files.newOutputStream(pickle)))) {
            out.write(new byte[] {(byte) 0x80, 4, (byte) 0x8e}); // PROTO 4, BINBYTES8
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(Files.size(archive))
                    .array());
            Files.copy(archive, out);
            out.write('.'); // STOP
        }
    }
}
