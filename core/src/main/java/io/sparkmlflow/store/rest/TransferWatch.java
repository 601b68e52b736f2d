package io.sparkmlflow.store.rest;

import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * Counts the bytes of a transfer, and says how long it may go on without more of them.
 *
 * <p>The time for a file cannot be fixed beforehand. So a transfer ends when nothing has moved for the timeout, or when
 * it has been slower than 1 KiB/s on the whole.
 */
final class TransferWatch {
    private static final double MIN_BYTES_PER_NANO = 1024 / 1e9;

    private final long timeoutNanos;
    private final long started = System.nanoTime();
    private volatile long moved;
    private volatile long lastMove = started;

    TransferWatch(Duration timeout) {
        this.timeoutNanos = timeout.toNanos();
    }

    /** Returns how long to wait for the next byte or the end, in nanoseconds; nothing is left if it is not positive. */
    long remainingNanos() {
        long now = System.nanoTime();
        long untilStalled = timeoutNanos - (now - lastMove);
        long untilTooSlow = timeoutNanos + (long) (moved / MIN_BYTES_PER_NANO) - (now - started);
        return Math.min(untilStalled, untilTooSlow);
    }

    BodyPublisher watch(BodyPublisher publisher) {
        return new BodyPublisher() {
            @Override
            public long contentLength() {
                return publisher.contentLength();
            }

            @Override
            public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
                publisher.subscribe(new WatchedSubscriber<ByteBuffer>(subscriber) {
                    @Override
                    int size(ByteBuffer item) {
                        return item.remaining();
                    }
                });
            }
        };
    }

    <T> BodySubscriber<T> watch(BodySubscriber<T> subscriber) {
        return new WatchedBody<>(subscriber);
    }

    private synchronized void moved(int bytes) {
        moved += bytes;
        lastMove = System.nanoTime();
    }

    private abstract class WatchedSubscriber<I> implements Flow.Subscriber<I> {
        private final Flow.Subscriber<? super I> target;

        WatchedSubscriber(Flow.Subscriber<? super I> target) {
            this.target = target;
        }

        abstract int size(I item);

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            target.onSubscribe(subscription);
        }

        @Override
        public void onNext(I item) {
            moved(size(item));
            target.onNext(item);
        }

        @Override
        public void onError(Throwable failure) {
            target.onError(failure);
        }

        @Override
        public void onComplete() {
            target.onComplete();
        }
    }

    private final class WatchedBody<T> extends WatchedSubscriber<List<ByteBuffer>> implements BodySubscriber<T> {
        private final BodySubscriber<T> body;

        WatchedBody(BodySubscriber<T> body) {
            super(body);
            this.body = body;
        }

        @Override
        int size(List<ByteBuffer> item) {
            return item.stream().mapToInt(ByteBuffer::remaining).sum();
        }

        @Override
        public CompletionStage<T> getBody() {
            return body.getBody();
        }
    }
}
