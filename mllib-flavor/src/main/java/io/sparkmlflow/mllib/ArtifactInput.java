package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.TemporaryFolders;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FSInputStream;

/**
 * A file of the server that can be read from anywhere. MLflow's server gives whole files only, and Parquet is read from its
 * end: so the file is fetched with the first byte that is asked for, into memory, or onto this disk if it is large.
 */
final class ArtifactInput extends FSInputStream {
    private static final long LARGE = 16L << 20;

    private final Source source;
    private final long size;
    private long position;
    private ByteBuffer memory;
    private Path folder;
    private FileChannel channel;
    private boolean closed;

    /** Opens the file from its start. */
    interface Source {
        InputStream open() throws IOException;
    }

    ArtifactInput(Source source, long size) {
        this.source = source;
        this.size = size;
    }

    @Override
    public void seek(long target) throws IOException {
        if (target < 0 || target > size) {
            throw new EOFException("Cannot seek to " + target + " in a file of " + size + " bytes");
        }
        position = target;
    }

    @Override
    public long getPos() {
        return position;
    }

    @Override
    public boolean seekToNewSource(long target) {
        return false;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, size - position);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException("The stream is closed");
        }
        if (length == 0) {
            return 0;
        }
        if (position >= size) {
            return -1;
        }
        fetch();
        int count = (int) Math.min(length, size - position);
        if (memory != null) {
            memory.get((int) position, bytes, offset, count);
        } else {
            count = channel.read(ByteBuffer.wrap(bytes, offset, count), position);
        }
        position += count;
        return count;
    }

    private void fetch() throws IOException {
        if (memory != null || channel != null) {
            return;
        }
        try (InputStream content = source.open()) {
            if (size <= LARGE) {
                byte[] bytes = content.readAllBytes();
                requireSize(bytes.length);
                memory = ByteBuffer.wrap(bytes);
            } else {
                folder = TemporaryFolders.create();
                try {
                    Path file = folder.resolve("content");
                    requireSize(Files.copy(content, file));
                    channel = FileChannel.open(file);
                } finally {
                    if (channel == null) {
                        TemporaryFolders.delete(folder);
                    }
                }
            }
        }
    }

    private void requireSize(long bytes) throws IOException {
        if (bytes != size) {
            throw new EOFException("Of " + size + " bytes the server sent " + bytes);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        memory = null;
        if (channel != null) {
            channel.close();
            TemporaryFolders.delete(folder);
        }
    }
}
