package io.sparkmlflow.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Page;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * MLflow's page tokens for logged models: they hold the search too, and are good for that search alone. For those who
 * implement a store.
 */
public final class LoggedModelTokens {
    private static final ObjectMapper JSON = new ObjectMapper();

    private LoggedModelTokens() {}

    /**
     * Returns the offset that the request's token stands for; 0 for none.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it is no token, or one of another search
     */
    public static long offset(SearchLoggedModels request) {
        if (request.pageToken() == null || request.pageToken().isEmpty()) {
            return 0;
        }
        JsonNode token;
        try {
            token = JSON.readTree(Base64.getDecoder().decode(request.pageToken()));
        } catch (IllegalArgumentException | IOException e) {
            throw MlflowException.invalidParameter("Invalid page token: could not be decoded.");
        }
        ObjectNode expected = toJson(request, 0);
        check(token, expected, "experiment_ids", "Experiment IDs", "experiment IDs");
        check(token, expected, "filter_string", "Filter string", "filter string");
        check(token, expected, "order_by", "Order by", "order by");
        return Math.max(0, token.path("offset").asLong());
    }

    private static void check(JsonNode token, ObjectNode expected, String field, String subject, String what) {
        if (!token.path(field).equals(expected.get(field))) {
            throw MlflowException.invalidParameter(subject + " in the page token do not match the requested " + what
                    + ". Expected: " + expected.get(field) + ". Found: " + token.path(field));
        }
    }

    /** Cuts the page that a request asks for out of all that was found. */
    public static <T> Page<T> cut(List<T> all, SearchLoggedModels request) {
        long offset = offset(request);
        int limit = request.maxResults();
        List<T> found = PageTokens.from(all, offset, limit);
        return found.size() <= limit
                ? new Page<>(found, null)
                : new Page<>(found.subList(0, limit), token(request, offset + limit));
    }

    /** Returns the token for the page that begins at an offset. */
    public static String token(SearchLoggedModels request, long offset) {
        try {
            return Base64.getEncoder()
                    .encodeToString(
                            JSON.writeValueAsString(toJson(request, offset)).getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree is always JSON", e);
        }
    }

    private static ObjectNode toJson(SearchLoggedModels request, long offset) {
        ObjectNode json = JSON.createObjectNode();
        request.experimentIds().forEach(json.putArray("experiment_ids")::add);
        String filter = request.filter();
        json.put("filter_string", filter == null || filter.isEmpty() ? null : filter);
        if (request.orderBy().isEmpty()) {
            json.putNull("order_by");
        } else {
            ArrayNode order = json.putArray("order_by");
            for (LoggedModelOrder by : request.orderBy()) {
                order.addObject()
                        .put("field_name", by.fieldName())
                        .put("ascending", by.ascending())
                        .put(
                                "dataset_name",
                                by.dataset() == null ? null : by.dataset().name())
                        .put(
                                "dataset_digest",
                                by.dataset() == null ? null : by.dataset().digest());
            }
        }
        return json.put("offset", offset);
    }
}
