package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Uploads one file in parts, each to an address in the object store behind the server that the server has signed. The file
 * appears when all parts have arrived, or not at all.
 */
final class MultipartUpload {
    /** More parts than this no object store takes. */
    private static final long MAX_PARTS = 10_000;

    private static final int PARALLEL = 4;
    private static final int END_SECONDS = 10;

    /** The HTTP client sets these by itself and refuses them. */
    private static final Set<String> SET_BY_THE_CLIENT = Set.of("host", "content-length", "connection");

    private final RestApi api;
    private final ObjectStoreSender objects;
    private final long partBytes;

    /**
     * Makes one; it sends nothing yet.
     *
     * @param partBytes the size of a part, unless there would be too many
     */
    MultipartUpload(RestApi api, ObjectStoreSender objects, long partBytes) {
        this.api = api;
        this.objects = objects;
        this.partBytes = partBytes;
    }

    /** What an upload asks of the MLflow server. */
    interface RestApi {
        /** Sends JSON to a path and returns the JSON of the answer. */
        JsonNode post(String path, ObjectNode body);
    }

    private record Part(int number, String etag, String url) {}

    /**
     * Uploads a file.
     *
     * @param directory the directory in the server's artifact root, encoded for a URL
     * @param name the file's name there
     * @return false if the server, or the store behind it, takes no parts
     */
    boolean upload(Path file, long size, String directory, String name) {
        long bytes = Math.max(partBytes, (size + MAX_PARTS - 1) / MAX_PARTS);
        int count = (int) ((size + bytes - 1) / bytes);
        JsonNode created;
        try {
            created = api.post(path("create", directory), body(name).put("num_parts", count));
        } catch (MlflowException e) {
            if (e.errorCode() == ErrorCode.NOT_IMPLEMENTED || e.errorCode() == ErrorCode.ENDPOINT_NOT_FOUND) {
                return false;
            }
            throw e;
        }
        String uploadId = created.path("upload_id").asText("");
        try {
            List<Part> parts = sendParts(file, size, bytes, count, created.path("credentials"));
            ObjectNode body = body(name).put("upload_id", uploadId);
            Json.putList(body, "parts", parts, MultipartUpload::toJson);
            api.post(path("complete", directory), body);
            return true;
        } catch (MlflowException e) {
            abort(name, directory, uploadId, e);
            throw e;
        }
    }

    private List<Part> sendParts(Path file, long size, long bytes, int count, JsonNode credentials) {
        if (credentials.size() != count) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "The server gave " + credentials.size() + " addresses for the " + count + " parts of '" + file
                            + "'");
        }
        ExecutorService executor = Executors.newFixedThreadPool(Math.min(PARALLEL, count), Connections::newThread);
        try {
            CompletionService<Part> sending = new ExecutorCompletionService<>(executor);
            for (int i = 0; i < count; i++) {
                JsonNode credential = credentials.get(i);
                long start = (credential.path("part_number").asInt() - 1) * bytes;
                sending.submit(() -> send(file, credential, start, Math.min(bytes, size - start)));
            }
            List<Part> parts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                parts.add(sending.take().get());
            }
            parts.sort(Comparator.comparingInt(Part::number));
            return parts;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MlflowException failure) {
                throw failure;
            }
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot upload '" + file + "' in parts: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MlflowException(ErrorCode.CANCELLED, "Interrupted while uploading '" + file + "'", e);
        } finally {
            end(executor);
        }
    }

    /** A part that arrives after the upload was aborted would stay, so what is on its way is waited for. */
    private static void end(ExecutorService executor) {
        executor.shutdownNow();
        try {
            boolean ignored = executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Part send(Path file, JsonNode credential, long start, long length) {
        int number = credential.path("part_number").asInt();
        String url = credential.path("url").asText();
        Map<String, String> headers = new HashMap<>();
        credential.path("headers").fields().forEachRemaining(header -> {
            if (!SET_BY_THE_CLIENT.contains(header.getKey().toLowerCase(Locale.ROOT))) {
                headers.put(header.getKey(), header.getValue().asText());
            }
        });
        if (length <= 0 || start < 0) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "The server numbers a part of '" + file + "' " + number + ", which is none");
        }
        Answer answer = objects.put(address(url, file), headers, file, start, length);
        return new Part(number, answer.headers().firstValue("ETag").orElse(""), url);
    }

    /** An address is signed: whoever reads it may write there, so no message shows it. */
    private static URI address(String url, Path file) {
        try {
            URI address = new URI(url);
            if (address.getHost() != null && address.getScheme().matches("(?i)https?")) {
                return address;
            }
        } catch (URISyntaxException e) {
            // falls through; the cause would repeat the address
        }
        throw new MlflowException(
                ErrorCode.INTERNAL_ERROR,
                "The server's address for a part of '" + file + "' is not one of http(s)://host/…");
    }

    /** Without this the object store keeps the parts, and somebody pays for them. */
    private void abort(String name, String directory, String uploadId, MlflowException reason) {
        try {
            api.post(path("abort", directory), body(name).put("upload_id", uploadId));
        } catch (MlflowException e) {
            reason.addSuppressed(e);
        }
    }

    private static ObjectNode body(String name) {
        return Json.object().put("path", name);
    }

    private static ObjectNode toJson(Part part) {
        return Json.object()
                .put("part_number", part.number())
                .put("etag", part.etag())
                .put("url", part.url());
    }

    private static String path(String step, String directory) {
        return "mlflow-artifacts/mpu/" + step + "/" + directory;
    }
}
