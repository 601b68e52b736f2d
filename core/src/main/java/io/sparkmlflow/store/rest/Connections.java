package io.sparkmlflow.store.rest;

import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * Hands out HTTP clients, each with its pool of open connections.
 *
 * <p>MLflow's server closes a connection that was idle for 5 s. A request that meets the closing ends in a reset, and
 * nothing tells whether the server read it. A call that may be repeated does not mind; one that may not gets a client
 * whose connections are all younger than that.
 */
final class Connections {
    /** Well below the server's 5 s. */
    static final Duration FRESH = Duration.ofSeconds(3);

    private static final AtomicInteger THREADS = new AtomicInteger();

    private final Duration connectTimeout;
    private final SSLContext tls;
    private final ProxySelector proxies;
    private final long freshNanos;
    private final ExecutorService executor = Executors.newCachedThreadPool(Connections::newThread);
    private final Object lock = new Object();
    private HttpClient client;
    private long clientBorn;

    /** Makes no connection yet; {@code fresh} is the age up to which one may serve a call that is not to be repeated. */
    Connections(Duration connectTimeout, Duration fresh) {
        this(connectTimeout, fresh, null, Proxies.NONE);
    }

    /** As above; {@code tls} may be {@code null} for the JVM's own. */
    Connections(Duration connectTimeout, Duration fresh, SSLContext tls, ProxySelector proxies) {
        this.connectTimeout = connectTimeout;
        this.tls = tls;
        this.proxies = proxies;
        this.freshNanos = fresh.toNanos();
    }

    HttpClient clientFor(Repeat repeat) {
        synchronized (lock) {
            long now = System.nanoTime();
            boolean stale = repeat == Repeat.ONLY_IF_NOT_EXECUTED && now - clientBorn > freshNanos;
            if (client == null || stale) {
                client = newClient();
                clientBorn = now;
            }
            return client;
        }
    }

    /** Lets go of the connections; they are closed when nothing uses them any more. */
    void close() {
        synchronized (lock) {
            client = null;
        }
        executor.shutdown();
    }

    private HttpClient newClient() {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connectTimeout)
                .proxy(proxies)
                .executor(executor);
        return (tls == null ? builder : builder.sslContext(tls)).build();
    }

    static Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "spark-mlflow-http-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }
}
