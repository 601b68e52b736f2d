package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A server that speaks S3 (S3Proxy) on a loopback port. Its buckets are in its memory: kept as folders of a disk they would answer
 * for a folder as for an object, and S3A would not rename into it. Closing it ends the process.
 */
final class S3Server implements AutoCloseable {
    static final String ACCESS_KEY = "mlflow";
    static final String SECRET_KEY = "a-secret-of-the-bucket";

    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private static final Pattern KEY = Pattern.compile("<Key>([^<]+)</Key>");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    private S3Server(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts a server that has one bucket. */
    static S3Server start(Path directory, String bucket) {
        int port = MlflowServer.freePort();
        Path settings = directory.resolve("s3proxy.properties");
        Path log = directory.resolve("s3proxy.log");
        try {
            Files.write(
                    settings,
                    List.of(
                            "s3proxy.endpoint=http://127.0.0.1:" + port,
                            "s3proxy.authorization=aws-v2-or-v4",
                            "s3proxy.identity=" + ACCESS_KEY,
                            "s3proxy.credential=" + SECRET_KEY,
                            "jclouds.provider=transient",
                            "jclouds.identity=unused",
                            "jclouds.credential=unused"));
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
            S3Server server = new S3Server(process, port);
            server.awaitPort(log);
            server.request("PUT", "/" + bucket);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    /** Returns the keys of all objects in a bucket, which are not more than fit into one answer. */
    List<String> objects(String bucket) {
        String listing = request("GET", "/" + bucket);
        assertThat(listing).contains("<IsTruncated>false</IsTruncated>");
        return KEY.matcher(listing).results().map(match -> match.group(1)).toList();
    }

    /** Sends a request with a signature of S3's second version. */
    private String request(String method, String path) {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        String signature = signature(method + "\n\n\n\nx-amz-date:" + date + "\n" + path);
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint() + path))
                .header("x-amz-date", date)
                .header("Authorization", "AWS " + ACCESS_KEY + ":" + signature)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String signature(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(SECRET_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
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
