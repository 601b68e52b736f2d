package io.sparkmlflow.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP/1.1 server on sockets that misbehaves on command, and remembers what it was asked. */
public final class FaultServer implements AutoCloseable {
    private final ServerSocket listener;
    private final Queue<Behaviour> script = new ConcurrentLinkedQueue<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Behaviour otherwise = reply(200, "application/json", "{}");
    private volatile Behaviour head = head(405, 0);

    private FaultServer(ServerSocket listener) {
        this.listener = listener;
    }

    public static FaultServer start() {
        return start(0);
    }

    public static FaultServer start(int port) {
        try {
            ServerSocket listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            FaultServer server = new FaultServer(listener);
            server.daemon(server::accept);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a port that nobody listens on. */
    public static int closedPort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What to do with the next requests, one after the other. */
    public FaultServer then(Behaviour... behaviours) {
        script.addAll(List.of(behaviours));
        return this;
    }

    /** Answers every HEAD so, which takes nothing from the script; without this they are refused. */
    public FaultServer heads(Behaviour behaviour) {
        head = behaviour;
        return this;
    }

    /** What to do when the script is over; at first, an empty JSON object. */
    public FaultServer otherwise(Behaviour behaviour) {
        otherwise = behaviour;
        return this;
    }

    public String uri() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /** Returns the requests that arrived whole and were acted upon, whatever was answered. */
    public List<Request> requests() {
        return requests;
    }

    /** Returns how many connections were opened that a request arrived on. */
    public int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** A request as it arrived. Header names are in lower case. */
    public record Request(String method, String target, Map<String, String> headers, byte[] body) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** Answers one request, or does not. */
    public interface Behaviour {
        /** Returns whether the connection is to be kept. */
        boolean act(Exchange exchange) throws IOException;
    }

    /** One request with what it takes to misbehave. */
    public record Exchange(Request request, Socket socket, InputStream in, OutputStream out, CountDownLatch closed) {
        void sendHead(int status, String contentType, long length, String... headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\n");
            head.append("Content-Length: ").append(length).append("\r\n");
            head.append("Content-Type: ").append(contentType).append("\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }
    }

    public static Behaviour reply(int status, String contentType, String body, String... headers) {
        return reply(status, contentType, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    public static Behaviour reply(int status, String contentType, byte[] body, String... headers) {
        return exchange -> {
            exchange.sendHead(status, contentType, body.length, headers);
            exchange.out().write(body);
            exchange.out().flush();
            return true;
        };
    }

    public static Behaviour json(String body) {
        return reply(200, "application/json", body);
    }

    /** Answers a HEAD. */
    public static Behaviour head(int status, long length) {
        return exchange -> {
            exchange.sendHead(status, "text/plain", length);
            return true;
        };
    }

    /** Takes the request and says nothing. */
    public static Behaviour stall() {
        return exchange -> {
            while (!closedWithin(exchange, 1000)) {
                continue;
            }
            return false;
        };
    }

    /** Takes the request and breaks the connection without an answer. */
    public static Behaviour reset() {
        return exchange -> {
            exchange.socket().setSoLinger(true, 0);
            return false;
        };
    }

    /** Sends half of the body and breaks the connection. */
    public static Behaviour cut(String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendHead(200, "application/json", bytes.length);
            exchange.out().write(bytes, 0, bytes.length / 2);
            exchange.out().flush();
            return false;
        };
    }

    /** Sends a head and then a byte from time to time, without end. */
    public static Behaviour drip() {
        return exchange -> {
            exchange.sendHead(200, "application/json", 1_000_000);
            do {
                exchange.out().write(' ');
                exchange.out().flush();
            } while (!closedWithin(exchange, 20));
            return false;
        };
    }

    /** Answers, and closes the connection when the next request comes in on it, without acting upon that one. */
    public static Behaviour thenDropTheConnection(Behaviour behaviour) {
        return exchange -> {
            behaviour.act(exchange);
            exchange.in().read();
            exchange.socket().setSoLinger(true, 0);
            return false;
        };
    }

    private static boolean closedWithin(Exchange exchange, int millis) throws IOException {
        try {
            return exchange.closed().await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private void accept() {
        while (closed.getCount() > 0) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                daemon(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            boolean goOn = true;
            for (int served = 0; goOn; served++) {
                Request request = read(in);
                if (request == null) {
                    return;
                }
                if (served == 0) {
                    connections.incrementAndGet();
                }
                requests.add(request);
                Behaviour behaviour = request.method().equals("HEAD") ? head : script.poll();
                Exchange exchange = new Exchange(request, socket, in, socket.getOutputStream(), closed);
                goOn = (behaviour == null ? otherwise : behaviour).act(exchange);
            }
        } catch (IOException e) {
            // the client went away, as it may
        }
    }

    private static Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first == null || first.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(in); header != null && !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        byte[] body = in.readNBytes(length);
        String[] parts = first.split(" ");
        return body.length < length ? null : new Request(parts[0], parts[1], headers, body);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                return null;
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    private void daemon(Runnable work) {
        Thread thread = new Thread(work, "fault-server");
        thread.setDaemon(true);
        thread.start();
    }
}
