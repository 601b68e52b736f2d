package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.credentials.Credentials;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * Talks to the REST API of one MLflow server: JSON calls, and files through its artifact proxy.
 *
 * <p>A call ends in bounded time, whatever the server does: each attempt, with the whole body of its answer, within {@code
 * spark.mlflow.http.timeoutSeconds}, and all attempts within three times that. A file may take longer, but not without
 * bytes moving. Failures are {@link MlflowException}s; {@link StoreUnavailableException} if there was no answer, or one of
 * the statuses 408, 429, 502, 503 and 504. Safe for use by several threads.
 */
public final class RestClient implements AutoCloseable {
    private static final String API = "/api/2.0/";
    private static final String SERVER_INFO = "/api/3.0/mlflow/server-info";
    private static final Duration MAX_CONNECT_TIMEOUT = Duration.ofSeconds(10);

    private final ServerAddress address;
    private final Duration timeout;
    private final Exchanges exchanges;
    private final Connections connections;
    private final Sender sender;
    private final HttpOptions options;
    private final ObjectStoreSender objects;
    private final Workspace workspace;
    private final RetryPolicy policy;
    private final Duration fresh;
    private final Map<String, RestClient> elsewhere = new ConcurrentHashMap<>();

    RestClient(ServerAddress address, Duration timeout, RetryPolicy policy, Duration fresh) {
        this(address, timeout, policy, fresh, HttpOptions.DEFAULT);
    }

    RestClient(ServerAddress address, Duration timeout, RetryPolicy policy, Duration fresh, HttpOptions options) {
        Duration connectTimeout = shorter(timeout, MAX_CONNECT_TIMEOUT);
        this.address = address;
        this.timeout = timeout;
        this.policy = policy;
        this.fresh = fresh;
        this.exchanges = new Exchanges(policy);
        this.connections = new Connections(connectTimeout, fresh, options.tls(), options.proxies());
        this.options = options;
        this.workspace = new Workspace(options.workspace());
        this.sender = new Sender(connections, authorization(), options, timeout);
        this.objects = new ObjectStoreSender(connectTimeout, options, exchanges, timeout);
    }

    private Authorization authorization() {
        if (address.credentials() instanceof Credentials.OAuthClient client) {
            // A client's secret goes to the workspace, and not to where that may send it.
            Sender anonymous = new Sender(connections, Authorization.NONE, options.withoutRedirects(), timeout);
            return new OAuthTokens(client, address.base(), anonymous, timeout, System::nanoTime);
        }
        return Authorization.of(address.credentials());
    }

    /**
     * Makes a client; it connects with the first call.
     *
     * @param uri {@code http://} or {@code https://}, a host, and the server's path prefix if it has one; or {@code
     *     databricks} or {@code databricks://profile}
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if {@code uri} or a setting has no meaning
     */
    public static RestClient open(String uri, MlflowConfig config) {
        return open(ServerAddress.parse(uri, config), config);
    }

    private static RestClient open(ServerAddress address, MlflowConfig config) {
        Duration timeout = config.seconds(Setting.HTTP_TIMEOUT_SECONDS);
        if (timeout.isZero()) {
            throw config.illegal(Setting.HTTP_TIMEOUT_SECONDS, "a whole number of seconds, at least 1");
        }
        return new RestClient(address, timeout, RetryPolicy.from(config), Connections.FRESH, HttpOptions.from(config));
    }

    /**
     * Returns a client for the server at {@code authority} that is otherwise like this one, and open as long. Credentials go
     * along only if it is the same host and port: an artifact URI comes from the store, and whoever can write there must
     * not be able to collect passwords.
     *
     * @param authority {@code host} or {@code host:port}
     */
    public RestClient at(String authority) {
        ServerAddress other = address.anonymousAt(authority);
        return other == address
                ? this
                : elsewhere.computeIfAbsent(
                        other.base(), base -> new RestClient(other, timeout, policy, fresh, options));
    }

    /** Returns whether {@link #open} takes a URI: whether it names a server, rather than a database or a folder. */
    public static boolean isServer(String uri) {
        return ServerAddress.isServer(uri);
    }

    /** Returns a URI of the server that {@link #open} takes, without credentials. */
    public String uri() {
        return address.uri();
    }

    /** Asks for JSON with GET; repeated after any failure that may pass. */
    JsonNode get(String path, QueryString query) {
        return json("GET", path + query, null, Repeat.ALWAYS);
    }

    /** Sends JSON and returns the JSON of the answer. */
    JsonNode send(String method, String path, ObjectNode body, Repeat repeat) {
        return json(method, path, body, repeat);
    }

    /**
     * Returns the files that the artifact proxy lists below a path, as {@code mlflow-artifacts/artifacts?path=…} answers.
     *
     * @param path the path in the server's artifact root, not encoded
     */
    public JsonNode listArtifacts(String path) {
        return get("mlflow-artifacts/artifacts", QueryString.of("path", path));
    }

    /**
     * Writes a file to the artifact proxy, replacing what is there; a large one in parts to the object store behind it, if
     * the settings say so and both can.
     *
     * @param path the path in the server's artifact root, not encoded; its last name is the file's
     */
    public void uploadArtifact(String path, Path file) {
        if (!uploadInParts(path, file)) {
            uploadWhole(path, file);
        }
    }

    private boolean uploadInParts(String path, Path file) {
        int slash = path.lastIndexOf('/');
        if (options.multipartFrom() == Long.MAX_VALUE || slash < 0) {
            return false;
        }
        try {
            long size = Files.size(file);
            return size >= options.multipartFrom()
                    && new MultipartUpload(
                                    (call, body) -> send("POST", call, body, Repeat.ALWAYS),
                                    objects,
                                    options.partBytes())
                            .upload(file, size, encoded(path.substring(0, slash)), path.substring(slash + 1));
        } catch (IOException e) {
            throw MlflowException.notFound("There is no file '" + file + "' to upload.");
        }
    }

    private void uploadWhole(String path, Path file) {
        String call = artifactPath(path);
        Exchanges.Attempt attempt = limit -> {
            TransferWatch watch = new TransferWatch(timeout);
            Sender.Message message = message("PUT", call, "application/octet-stream", watch.watch(ofFile(file)));
            return sender.send(message, Sender.intoMemory(), watch::remainingNanos, Repeat.ALWAYS);
        };
        requireSuccess(attempt, Repeat.ALWAYS, "PUT", call);
    }

    /**
     * Returns the size of a file in the artifact proxy, if the server says it without sending the file or its directory.
     *
     * @param path the path in the server's artifact root, not encoded
     */
    public OptionalLong findArtifactSize(String path) {
        String call = artifactPath(path);
        try {
            Answer answer = sender.send(
                    message("HEAD", call, null, BodyPublishers.noBody()),
                    Sender.intoMemory(),
                    Sender.within(timeout),
                    Repeat.ALWAYS);
            return answer.status() == 200 ? answer.headers().firstValueAsLong("Content-Length") : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            throw Exchanges.interrupted(call("HEAD", call), e);
        }
    }

    /**
     * Reads a file from the artifact proxy into a local file, which is overwritten.
     *
     * @param path the path in the server's artifact root, not encoded
     * @throws MlflowException with {@code RESOURCE_DOES_NOT_EXIST} if there is no such file
     */
    public void downloadArtifact(String path, Path destination) {
        String call = artifactPath(path);
        Exchanges.Attempt attempt = limit -> {
            TransferWatch watch = new TransferWatch(timeout);
            Sender.Message message = message("GET", call, null, BodyPublishers.noBody());
            return sender.send(message, intoFile(destination, watch), watch::remainingNanos, Repeat.ALWAYS);
        };
        requireSuccess(attempt, Repeat.ALWAYS, "GET", call);
    }

    /**
     * Opens a file in the artifact proxy for reading, without keeping it in memory. Opening is repeated after failures that
     * may pass; a read that the server interrupts, or lets wait longer than the timeout, throws {@link IOException}.
     *
     * @param path the path in the server's artifact root, not encoded
     * @throws MlflowException with {@code RESOURCE_DOES_NOT_EXIST} if there is no such file
     */
    public InputStream openArtifact(String path) {
        String call = artifactPath(path);
        AtomicReference<BodyStream> opened = new AtomicReference<>();
        Exchanges.Attempt attempt = limit -> {
            Sender.Message message = message("GET", call, null, BodyPublishers.noBody());
            return sender.send(message, intoStream(opened), Sender.within(shorter(limit, timeout)), Repeat.ALWAYS);
        };
        requireSuccess(attempt, Repeat.ALWAYS, "GET", call);
        return opened.get();
    }

    /**
     * Deletes a file or directory in the artifact proxy; a missing one is no error.
     *
     * @param path the path in the server's artifact root, not encoded
     */
    public void deleteArtifact(String path) {
        try {
            json("DELETE", artifactPath(path), null, Repeat.ALWAYS);
        } catch (MlflowException e) {
            if (e.errorCode() != ErrorCode.RESOURCE_DOES_NOT_EXIST) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        connections.close();
        objects.close();
        elsewhere.values().forEach(RestClient::close);
    }

    @Override
    public String toString() {
        return "RestClient[" + address + "]";
    }

    private JsonNode json(String method, String pathAndQuery, ObjectNode body, Repeat repeat) {
        byte[] bytes = body == null ? null : Json.toBytes(body);
        Exchanges.Attempt attempt = limit -> {
            Sender.RemainingTime remaining = Sender.within(shorter(limit, timeout));
            BodyPublisher publisher = bytes == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(bytes);
            String type = bytes == null ? null : "application/json";
            Sender.Message message = message(method, pathAndQuery, type, publisher);
            return sender.send(message, Sender.intoMemory(), remaining, repeat);
        };
        Answer answer = requireSuccess(attempt, repeat, method, pathAndQuery);
        if (answer == null || answer.body().length == 0) {
            return Json.object();
        }
        try {
            return Json.parse(answer.body());
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "The answer to " + call(method, pathAndQuery) + " is not JSON, so no MLflow server sent it: "
                            + ErrorAnswers.shortened(new String(answer.body(), StandardCharsets.UTF_8)),
                    e);
        }
    }

    /** Returns the successful answer; {@code null} if the thing is gone and an earlier attempt may have removed it. */
    private Answer requireSuccess(Exchanges.Attempt attempt, Repeat repeat, String method, String pathAndQuery) {
        workspace.require(this::hasWorkspaces, address.toString());
        String call = call(method, pathAndQuery);
        Exchanges.Outcome outcome = exchanges.execute(attempt, repeat, call);
        if (outcome.answer().isSuccess()) {
            return outcome.answer();
        }
        MlflowException error = ErrorAnswers.toException(outcome.answer(), call);
        if (repeat == Repeat.UNTIL_GONE
                && outcome.mayHaveRunBefore()
                && error.errorCode() == ErrorCode.RESOURCE_DOES_NOT_EXIST) {
            return null;
        }
        throw error;
    }

    private Sender.Message message(String method, String pathAndQuery, String contentType, BodyPublisher publisher) {
        Map<String, String> headers = new HashMap<>(workspace.headers());
        if (contentType != null) {
            headers.put("Content-Type", contentType);
        }
        return new Sender.Message(method, URI.create(address.base() + API + pathAndQuery), headers, publisher);
    }

    private boolean hasWorkspaces() {
        URI info = URI.create(address.base() + SERVER_INFO);
        String call = "GET " + address + SERVER_INFO;
        Sender.Message message = new Sender.Message("GET", info, Map.of(), BodyPublishers.noBody());
        Exchanges.Attempt attempt = limit ->
                sender.send(message, Sender.intoMemory(), Sender.within(shorter(limit, timeout)), Repeat.ALWAYS);
        Answer answer = exchanges.execute(attempt, Repeat.ALWAYS, call).answer();
        if (answer.status() == 404) {
            return false;
        }
        if (!answer.isSuccess()) {
            throw ErrorAnswers.toException(answer, call);
        }
        try {
            return Json.parse(answer.body()).path("workspaces_enabled").asBoolean(false);
        } catch (IOException e) {
            return false;
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static BodyHandler<byte[]> intoFile(Path destination, TransferWatch watch) {
        return info -> info.statusCode() == 200
                ? watch.watch(BodySubscribers.mapping(BodySubscribers.ofFile(destination), path -> new byte[0]))
                : watch.watch(LimitedBody.ofError());
    }

    private BodyHandler<byte[]> intoStream(AtomicReference<BodyStream> opened) {
        return info -> {
            if (info.statusCode() / 100 != 2) {
                return LimitedBody.ofError();
            }
            BodyStream stream = new BodyStream(timeout);
            opened.set(stream);
            return stream;
        };
    }

    private static BodyPublisher ofFile(Path file) {
        try {
            return BodyPublishers.ofFile(file);
        } catch (FileNotFoundException e) {
            throw MlflowException.notFound("There is no file '" + file + "' to upload.");
        }
    }

    private static String artifactPath(String path) {
        return "mlflow-artifacts/artifacts/" + encoded(path);
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/")).map(QueryString::encode).collect(Collectors.joining("/"));
    }

    private String call(String method, String pathAndQuery) {
        return method + " " + address + API + pathAndQuery;
    }
}
