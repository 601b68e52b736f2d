package io.sparkmlflow.store.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer as a stream: what is read is asked for, so that it is never all in memory.
 *
 * <p>Unlike the JDK's own, a read does not wait for a server that stopped sending longer than the timeout.
 */
final class BodyStream extends InputStream implements BodySubscriber<byte[]> {
    private static final byte[] NO_BYTES = {};

    private final Duration timeout;
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscribed = new CompletableFuture<>();
    private final Queue<ByteBuffer> buffers = new ArrayDeque<>();
    private Arrival end;
    private volatile boolean closed;

    BodyStream(Duration timeout) {
        this.timeout = timeout;
    }

    /** What came: bytes, or the end, with the failure if it is one. */
    private record Arrival(List<ByteBuffer> bytes, Throwable failure) {}

    // ---- what the HTTP client calls ----

    /** The headers are all that is waited for. */
    @Override
    public CompletionStage<byte[]> getBody() {
        return CompletableFuture.completedStage(NO_BYTES);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscribed.complete(subscription);
        if (closed) {
            subscription.cancel();
        } else {
            subscription.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        arrivals.add(new Arrival(bytes, null));
    }

    @Override
    public void onError(Throwable failure) {
        arrivals.add(new Arrival(null, failure));
    }

    @Override
    public void onComplete() {
        arrivals.add(new Arrival(null, null));
    }

    // ---- what the reader calls ----

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (buffers.isEmpty()) {
            if (!fill()) {
                return -1;
            }
        }
        ByteBuffer buffer = buffers.element();
        int count = Math.min(length, buffer.remaining());
        buffer.get(target, offset, count);
        if (!buffer.hasRemaining()) {
            buffers.remove();
        }
        return count;
    }

    @Override
    public int available() {
        return buffers.isEmpty() ? 0 : buffers.element().remaining();
    }

    /** Ends the transfer, and the connection with it if there was more to come. */
    @Override
    public void close() {
        closed = true;
        buffers.clear();
        subscribed.thenAccept(Flow.Subscription::cancel);
    }

    /** Waits for more; false at the end. */
    private boolean fill() throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (end == null) {
            Arrival arrival = next();
            if (arrival.bytes() != null) {
                arrival.bytes().stream().filter(ByteBuffer::hasRemaining).forEach(buffers::add);
                subscribed.join().request(1);
                return true;
            }
            end = arrival;
        }
        if (end.failure() != null) {
            throw new IOException(
                    "the transfer was broken off: " + end.failure().getMessage(), end.failure());
        }
        return false;
    }

    private Arrival next() throws IOException {
        try {
            Arrival arrival = arrivals.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (arrival == null) {
                close();
                throw new HttpTimeoutException("the server sent nothing for " + timeout.toMillis() + " ms");
            }
            return arrival;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while reading");
        }
    }
}
