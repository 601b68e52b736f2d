package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.credentials.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLHandshakeException;

/**
 * The tokens that a Databricks workspace gives to a service principal. One is used until shortly before it expires, or until
 * the workspace rejects it.
 */
final class OAuthTokens implements Authorization {
    private static final String PATH = "/oidc/v1/token";
    private static final String FORM = "grant_type=client_credentials&scope=all-apis";
    private static final Duration MAX_MARGIN = Duration.ofSeconds(60);
    private static final int MARGIN_SHARE = 10;

    private final Credentials.OAuthClient client;
    private final URI endpoint;
    private final Sender sender;
    private final Duration timeout;
    private final LongSupplier nanoClock;

    private final Object lock = new Object();
    private String header;
    private long expiresNanos;

    /**
     * Asks for nothing yet.
     *
     * @param sender sends without credentials
     * @param nanoClock as {@link System#nanoTime()}
     */
    OAuthTokens(
            Credentials.OAuthClient client, String workspace, Sender sender, Duration timeout, LongSupplier nanoClock) {
        this.client = client;
        this.endpoint = URI.create(workspace + PATH);
        this.sender = sender;
        this.timeout = timeout;
        this.nanoClock = nanoClock;
    }

    @Override
    public String header() throws IOException, InterruptedException {
        synchronized (lock) {
            if (header == null || nanoClock.getAsLong() - expiresNanos >= 0) {
                fetch();
            }
            return header;
        }
    }

    @Override
    public boolean forget(String rejected) {
        synchronized (lock) {
            if (rejected.equals(header)) {
                header = null;
            }
            return true;
        }
    }

    private void fetch() throws IOException, InterruptedException {
        long started = nanoClock.getAsLong();
        Map<String, String> headers = Map.of(
                "Content-Type", "application/x-www-form-urlencoded",
                "Accept", "application/json",
                "Authorization", Authorization.basic(client.clientId(), client.clientSecret()));
        Sender.Message message = new Sender.Message("POST", endpoint, headers, BodyPublishers.ofString(FORM));
        Answer answer = send(message);
        if (answer.status() == 400 || answer.status() == 401 || answer.status() == 403) {
            throw new MlflowException(
                    ErrorCode.UNAUTHENTICATED,
                    "The workspace gave no token to the client id '" + client.clientId() + "': it answered "
                            + answer.status() + " to POST " + endpoint + " ("
                            + json(answer).path("error_description").asText("no reason given")
                            + "). Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.");
        }
        String token = json(answer).path("access_token").asText("");
        if (!answer.isSuccess() || token.isEmpty()) {
            throw new NotSentException(
                    "POST " + endpoint + " was answered with " + answer.status() + " and no token", null);
        }
        Duration lifetime = Duration.ofSeconds(json(answer).path("expires_in").asLong(0));
        Duration tenth = lifetime.dividedBy(MARGIN_SHARE);
        Duration margin = tenth.compareTo(MAX_MARGIN) < 0 ? tenth : MAX_MARGIN;
        header = "Bearer " + token;
        expiresNanos = started + lifetime.minus(margin).toNanos();
    }

    private Answer send(Sender.Message message) throws IOException, InterruptedException {
        try {
            return sender.send(message, Sender.intoMemory(), Sender.within(timeout), Repeat.ALWAYS);
        } catch (SSLHandshakeException e) {
            throw e;
        } catch (IOException e) {
            throw new NotSentException("no token from POST " + endpoint + ", " + e.getMessage(), e);
        }
    }

    private static JsonNode json(Answer answer) {
        try {
            return Json.parse(answer.body());
        } catch (IOException e) {
            return Json.object();
        }
    }
}
