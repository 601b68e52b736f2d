package io.sparkmlflow.artifacts;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that must have as many bytes as its file: it does not end before, as if that were all. */
final class SizedInputStream extends FilterInputStream {
    private final String what;
    private final long size;
    private long read;

    /**
     * Wraps a stream.
     *
     * @param what names the file in messages
     */
    SizedInputStream(InputStream in, String what, long size) {
        super(in);
        this.what = what;
        this.size = size;
    }

    @Override
    public int read() throws IOException {
        int next = in.read();
        count(next < 0 ? -1 : 1);
        return next;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = in.read(bytes, offset, length);
        count(count);
        return count;
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = in.skip(count);
        read += skipped;
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void count(int count) throws IOException {
        if (count >= 0) {
            read += count;
        } else if (read != size) {
            throw new EOFException(
                    "The artifact " + what + " has " + size + " bytes, but " + read + " arrived. Try again.");
        }
    }
}
