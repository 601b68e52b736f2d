package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Makes exceptions of answers that are no success. */
final class ErrorAnswers {
    private static final int SHOWN_CHARACTERS = 500;
    private static final Set<Integer> UNAVAILABLE = Set.of(408, 429, 502, 503, 504);

    private ErrorAnswers() {}

    /**
     * Makes the exception for an answer.
     *
     * <p>An error in MLflow's JSON keeps its code and its message. Anything else (a host check, a proxy, a wrong path) is
     * shown as it came, shortened, with the call that it answers.
     *
     * @param call the method and URL, without credentials
     */
    static MlflowException toException(Answer answer, String call) {
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        JsonNode json = parse(answer.body());
        String code = json.path("error_code").asText("");
        String message = json.path("message").asText("");
        if (UNAVAILABLE.contains(answer.status())) {
            String reason = message.isEmpty() ? shortened(text) : message;
            return new StoreUnavailableException(
                    "MLflow answered " + answer.status() + " to " + call + ": " + reason + ". Try again later.", null);
        }
        if (!code.isEmpty()) {
            return new MlflowException(
                    codeOf(code, answer.status()), message.isEmpty() ? code + " in answer to " + call : message);
        }
        return new MlflowException(codeOf(answer.status()), describe(answer, call, text));
    }

    /** Returns the error code in an answer's JSON; empty if there is none, as in an answer that is not MLflow's. */
    static String codeIn(Answer answer) {
        return parse(answer.body()).path("error_code").asText("");
    }

    private static String describe(Answer answer, String call, String text) {
        String start = "The server answered " + answer.status() + " to " + call;
        if (answer.status() / 100 == 3) {
            String location = answer.headers().firstValue("Location").orElse("an unnamed place");
            return start + ": it redirects to " + ServerAddress.withoutCredentials(location)
                    + ". Set the tracking URI to where the server is.";
        }
        if (answer.status() == 407) {
            return start + ": the HTTP proxy wants to know who asks. Put user name and password into http_proxy or"
                    + " https_proxy (http://user:password@host:port); for an https server Java also needs"
                    + " -Djdk.http.auth.tunneling.disabledSchemes= (empty) to send them.";
        }
        return text.isBlank() ? start + " with an empty body." : start + ": " + shortened(text);
    }

    private static JsonNode parse(byte[] body) {
        try {
            return Json.parse(body);
        } catch (IOException e) {
            return Json.object();
        }
    }

    private static ErrorCode codeOf(String name, int status) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return status == 404 ? ErrorCode.NOT_FOUND : codeOf(status);
    }

    private static ErrorCode codeOf(int status) {
        return switch (status) {
            case 401 -> ErrorCode.UNAUTHENTICATED;
            case 403 -> ErrorCode.PERMISSION_DENIED;
            case 404 -> ErrorCode.ENDPOINT_NOT_FOUND;
            case 409 -> ErrorCode.RESOURCE_CONFLICT;
            case 499 -> ErrorCode.CANCELLED;
            case 501 -> ErrorCode.NOT_IMPLEMENTED;
            default -> status < 500 ? ErrorCode.BAD_REQUEST : ErrorCode.INTERNAL_ERROR;
        };
    }

    /** Returns the start of a text, on one line. */
    static String shortened(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "…";
    }
}
