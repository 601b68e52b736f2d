package io.sparkmlflow.store.rest;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * The body of an answer in memory, up to a limit: whoever answers may not fill the memory of the program that asks.
 *
 * <p>Of an error the beginning is enough, so a longer one is cut. Anything else that is too long is a failure.
 */
final class LimitedBody implements BodySubscriber<byte[]> {
    /** Larger than any answer that MLflow gives to pages of a sensible size. */
    static final int MAX_BYTES = 512 << 20;

    static final int MAX_ERROR_BYTES = 1 << 20;

    private final int limit;
    private final boolean isCut;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private Flow.Subscription subscription;

    private LimitedBody(int limit, boolean isCut) {
        this.limit = limit;
        this.isCut = isCut;
    }

    /** Takes a whole answer of at most {@link #MAX_BYTES}. */
    static BodyHandler<byte[]> handler() {
        return handler(MAX_BYTES);
    }

    /** Takes a whole answer of at most that many bytes. */
    static BodyHandler<byte[]> handler(int limit) {
        return info -> info.statusCode() / 100 == 2 ? new LimitedBody(limit, false) : ofError();
    }

    /** Takes the beginning of what is no success. */
    static BodySubscriber<byte[]> ofError() {
        return new LimitedBody(MAX_ERROR_BYTES, true);
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        this.subscription = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (body.isDone()) {
                return;
            }
            int room = limit - bytes.size();
            byte[] next = new byte[Math.min(buffer.remaining(), room)];
            buffer.get(next);
            bytes.writeBytes(next);
            if (buffer.hasRemaining()) {
                subscription.cancel();
                if (isCut) {
                    body.complete(bytes.toByteArray());
                } else {
                    body.completeExceptionally(new AnswerTooLongException(limit));
                }
            }
        }
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        body.complete(bytes.toByteArray());
    }
}
