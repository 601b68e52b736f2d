package io.sparkmlflow.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A server that speaks S3 (S3Proxy) on a loopback port; buckets are folders of this disk. Closing it ends the process. */
final class S3Server implements AutoCloseable {
    static final String ACCESS_KEY = "mlflow";
    static final String SECRET_KEY = "a-secret-of-the-bucket";

    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final Process process;
    private final Path buckets;
    private final int port;

    private S3Server(Process process, Path buckets, int port) {
        this.process = process;
        this.buckets = buckets;
        this.port = port;
    }

    /** Starts a server that has one bucket. */
    static S3Server start(Path directory, String bucket) {
        int port = MlflowServer.freePort();
        Path buckets = directory.resolve("buckets");
        Path settings = directory.resolve("s3proxy.properties");
        Path log = directory.resolve("s3proxy.log");
        try {
            Files.createDirectories(buckets.resolve(bucket));
            Files.write(
                    settings,
                    List.of(
                            "s3proxy.endpoint=http://127.0.0.1:" + port,
                            "s3proxy.authorization=aws-v2-or-v4",
                            "s3proxy.identity=" + ACCESS_KEY,
                            "s3proxy.credential=" + SECRET_KEY,
                            "jclouds.provider=filesystem-nio2",
                            "jclouds.identity=unused",
                            "jclouds.credential=unused",
                            "jclouds.filesystem.basedir=" + buckets));
            List<String> command = List.of(
                    Programs.tool("java"),
                    "-Xmx256m",
                    "-XX:TieredStopAtLevel=1",
                    "-jar",
                    Checkout.copiedJar("s3proxy").toString(),
                    "--properties",
                    settings.toString());
            Process process = Processes.builder(command, directory, Map.of())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            S3Server server = new S3Server(process, buckets, port);
            server.awaitPort(log);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    /** Returns the keys of all objects in a bucket. */
    List<String> objects(String bucket) throws IOException {
        Path folder = buckets.resolve(bucket);
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .toList();
        }
    }

    private void awaitPort(Path log) throws IOException {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        try {
            while (process.isAlive() && System.nanoTime() < end) {
                if (isOpen()) {
                    return;
                }
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
        throw new AssertionError("The S3 server does not answer: " + Files.readString(log));
    }

    private boolean isOpen() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            Processes.kill(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
