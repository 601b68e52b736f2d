package io.sparkmlflow.store.rest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends one message once, with what proves who sends it, and waits for the whole answer. */
final class Sender {
    private static final int UNAUTHORIZED = 401;

    private final Connections connections;
    private final Authorization authorization;
    private final Duration timeout;

    /** The timeout is what a message says that names it; {@link RemainingTime} is what counts. */
    Sender(Connections connections, Authorization authorization, Duration timeout) {
        this.connections = connections;
        this.authorization = authorization;
        this.timeout = timeout;
    }

    /** What to send, without the headers that every message has. */
    record Message(String method, URI uri, Map<String, String> headers, BodyPublisher body) {}

    /** How long to wait for more. */
    interface RemainingTime {
        /** Returns nanoseconds; the time is over if it is not positive. */
        long nanos();
    }

    static RemainingTime within(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        return () -> end - System.nanoTime();
    }

    static BodyHandler<byte[]> intoMemory() {
        return info -> BodySubscribers.ofByteArray();
    }

    /** Sends; a token that the server rejects is renewed once. */
    Answer send(Message message, BodyHandler<byte[]> handler, RemainingTime remaining, Repeat repeat)
            throws IOException, InterruptedException {
        String header = authorization.header();
        Answer answer = send(message, header, handler, remaining, repeat);
        if (answer.status() == UNAUTHORIZED && header != null && authorization.forget(header)) {
            return send(message, authorization.header(), handler, remaining, repeat);
        }
        return answer;
    }

    private Answer send(
            Message message,
            String authorizationHeader,
            BodyHandler<byte[]> handler,
            RemainingTime remaining,
            Repeat repeat)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(message.uri())
                .method(message.method(), message.body())
                .header("User-Agent", ClientVersion.USER_AGENT);
        message.headers().forEach(request::header);
        if (authorizationHeader != null) {
            request.header("Authorization", authorizationHeader);
        }
        return exchange(request.build(), handler, remaining, repeat);
    }

    /** Waits for the end of the answer's body; the JDK's own timeout ends with its headers. */
    private Answer exchange(HttpRequest request, BodyHandler<byte[]> handler, RemainingTime remaining, Repeat repeat)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> future =
                connections.clientFor(repeat).sendAsync(request, handler);
        while (true) {
            try {
                HttpResponse<byte[]> response = future.get(Math.max(remaining.nanos(), 0), TimeUnit.NANOSECONDS);
                return new Answer(response.statusCode(), response.headers(), response.body());
            } catch (TimeoutException e) {
                if (remaining.nanos() <= 0) {
                    future.cancel(true);
                    throw new HttpTimeoutException("the answer was not complete within " + timeout.toMillis() + " ms");
                }
            } catch (InterruptedException e) {
                future.cancel(true);
                throw e;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException failure) {
                    throw failure;
                }
                throw new IOException(e.getCause());
            }
        }
    }
}
