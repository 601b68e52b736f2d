package io.sparkmlflow.benchmarks;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The server that OpenLineage sends to: takes everything at once and keeps nothing, outside the JVM that is measured. */
final class PeerSink implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads;

    private PeerSink(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    static PeerSink start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        server.createContext("/", exchange -> {
            try (InputStream body = exchange.getRequestBody()) {
                body.transferTo(OutputStream.nullOutputStream());
            }
            exchange.sendResponseHeaders(201, -1);
            exchange.close();
        });
        server.setExecutor(threads);
        server.start();
        return new PeerSink(server, threads);
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
