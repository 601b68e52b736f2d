package io.sparkmlflow.store.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;

/**
 * Sends slices of files to signed addresses in an object store. It gets nothing that proves to the MLflow server who asks,
 * and is trusted by what the JVM trusts: the server's authorities are not the object store's.
 */
final class ObjectStoreSender {
    private final Connections connections;
    private final Sender sender;
    private final Exchanges exchanges;
    private final Duration timeout;

    ObjectStoreSender(Duration connectTimeout, HttpOptions options, Exchanges exchanges, Duration timeout) {
        this.connections = new Connections(connectTimeout, Connections.FRESH, null, options.proxies());
        this.sender = new Sender(connections, Authorization.NONE, options.withoutRedirects(), timeout);
        this.exchanges = exchanges;
        this.timeout = timeout;
    }

    /** Sends a slice as often as it takes. Throws if it is refused. The address is a secret: messages show its host. */
    Answer put(URI address, Map<String, String> headers, Path file, long start, long length) {
        String call = "PUT " + address.getScheme() + "://" + address.getHost() + "/…";
        Exchanges.Attempt attempt = limit -> {
            TransferWatch watch = new TransferWatch(timeout);
            Sender.Message message =
                    new Sender.Message("PUT", address, headers, watch.watch(sliceOf(file, start, length)));
            return sender.send(message, Sender.intoMemory(), watch::remainingNanos, Repeat.ALWAYS);
        };
        Answer answer = exchanges.execute(attempt, Repeat.ALWAYS, call).answer();
        if (!answer.isSuccess()) {
            throw ErrorAnswers.toException(answer, call);
        }
        return answer;
    }

    void close() {
        connections.close();
    }

    private static BodyPublisher sliceOf(Path file, long start, long length) {
        return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> open(file, start, length)), length);
    }

    private static InputStream open(Path file, long start, long length) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            return new Slice(Channels.newInputStream(channel.position(start)), length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first bytes of a stream. */
    private static final class Slice extends InputStream {
        private final InputStream in;
        private long left;

        Slice(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(bytes, offset, (int) Math.min(length, left));
            left -= Math.max(count, 0);
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
