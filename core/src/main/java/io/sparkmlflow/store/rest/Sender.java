package io.sparkmlflow.store.rest;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
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
    private static final int MAX_REDIRECTS = 5;

    private final Connections connections;
    private final Authorization authorization;
    private final HttpOptions options;
    private final Duration timeout;

    /** The timeout is what a message says that names it; {@link RemainingTime} is what counts. */
    Sender(Connections connections, Authorization authorization, HttpOptions options, Duration timeout) {
        this.options = options;
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
        return LimitedBody.handler();
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

    /** Sends, and follows where the answer leads. */
    private Answer send(
            Message message,
            String authorizationHeader,
            BodyHandler<byte[]> handler,
            RemainingTime remaining,
            Repeat repeat)
            throws IOException, InterruptedException {
        Message next = message;
        String header = authorizationHeader;
        for (int redirects = 0; ; redirects++) {
            Answer answer = exchange(request(next, header), handler, remaining, repeat);
            URI target = redirects < MAX_REDIRECTS ? redirect(next, answer) : null;
            if (target == null) {
                return answer;
            }
            header = keepsCredentials(next.uri(), target) ? header : null;
            next = new Message(next.method(), target, next.headers(), next.body());
        }
    }

    /**
     * Returns where to send a call again, or {@code null}. What is not a GET goes on only with 307 and 308: with the others
     * it would become a GET on the way, and lose its body.
     */
    private URI redirect(Message message, Answer answer) {
        String location = answer.headers().firstValue("Location").orElse(null);
        boolean follows =
                switch (answer.status()) {
                    case 301, 302, 303 -> message.method().equals("GET");
                    case 307, 308 -> true;
                    default -> false;
                };
        if (!follows || !options.followRedirects() || location == null) {
            return null;
        }
        try {
            URI target = message.uri().resolve(new URI(location));
            boolean downgraded = isHttps(message.uri()) && !isHttps(target);
            boolean plain = target.getHost() != null && target.getRawUserInfo() == null;
            return plain && !downgraded && target.getScheme().matches("(?i)https?") ? target : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** As Python's client: the same host, scheme and port, or from http to https with the usual ports. */
    private static boolean keepsCredentials(URI from, URI to) {
        boolean sameHost = from.getHost().equalsIgnoreCase(to.getHost());
        boolean sameScheme = isHttps(from) == isHttps(to);
        return sameHost && (sameScheme ? port(from) == port(to) : port(from) == 80 && port(to) == 443);
    }

    private static int port(URI uri) {
        int usual = isHttps(uri) ? 443 : 80;
        return uri.getPort() >= 0 ? uri.getPort() : usual;
    }

    private static boolean isHttps(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme());
    }

    private HttpRequest request(Message message, String authorizationHeader) {
        HttpRequest.Builder request = HttpRequest.newBuilder(message.uri())
                .method(message.method(), message.body())
                .header("User-Agent", ClientVersion.USER_AGENT);
        message.headers().forEach(request::header);
        if (authorizationHeader != null) {
            request.header("Authorization", authorizationHeader);
        }
        String proxy = options.proxies().authorization(message.uri());
        if (proxy != null) {
            request.header("Proxy-Authorization", proxy);
        }
        return request.build();
    }

    /** Waits for the end of the answer's body; the JDK's own timeout ends with its headers. */
    private Answer exchange(HttpRequest request, BodyHandler<byte[]> handler, RemainingTime remaining, Repeat repeat)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> future =
                connections.clientFor(repeat).sendAsync(request, handler);
        while (true) {
            try {
                HttpResponse<byte[]> response = future.get(Math.max(remaining.nanos(), 0), TimeUnit.NANOSECONDS);
                // There is none when a proxy refuses to make a tunnel.
                byte[] body = response.body() == null ? new byte[0] : response.body();
                return new Answer(response.statusCode(), response.headers(), body);
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
