package io.sparkmlflow.listener.delivery;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A file of records that is only appended to. A record is its length, its CRC-32 (both four bytes, big-endian) and its bytes; a
 * reader stops at the first that is cut off or damaged, which is where a writer that was killed had come to.
 */
final class SpoolFile implements Closeable {
    private static final int MAX_RECORD_BYTES = 64 << 20;

    // A stream and not a channel: an interruption must not close it.
    private final FileOutputStream out;
    private long length;

    private SpoolFile(FileOutputStream out, long length) {
        this.out = out;
        this.length = length;
    }

    /** Opens a file for appending, behind its last whole record. */
    static SpoolFile append(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, SpoolFolders.ownersFile(file));
        }
        long whole = 0;
        for (byte[] record : read(file)) {
            whole += 2L * Integer.BYTES + record.length;
        }
        try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(whole);
        }
        return new SpoolFile(new FileOutputStream(file.toFile(), true), whole);
    }

    void add(byte[] record) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(record);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(record.length + 2 * Integer.BYTES);
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeInt(record.length);
        data.writeInt((int) crc.getValue());
        data.write(record);
        out.write(bytes.toByteArray());
        length += bytes.size();
    }

    /** Returns how many bytes there are. */
    long length() {
        return length;
    }

    /** Returns the whole records of a file. */
    static List<byte[]> read(Path file) throws IOException {
        List<byte[]> records = new ArrayList<>();
        byte[] all = Files.readAllBytes(file);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(all))) {
            while (true) {
                int length = in.readInt();
                int expected = in.readInt();
                if (length < 0 || length > Math.min(MAX_RECORD_BYTES, in.available())) {
                    return records;
                }
                byte[] record = in.readNBytes(length);
                CRC32 crc = new CRC32();
                crc.update(record);
                if ((int) crc.getValue() != expected) {
                    return records;
                }
                records.add(record);
            }
        } catch (EOFException e) {
            return records;
        }
    }

    /** Lets go of the file once all of it is on the disk. */
    @Override
    public void close() throws IOException {
        try (out) {
            out.getFD().sync();
        }
    }
}
