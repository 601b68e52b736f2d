package io.sparkmlflow.store.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Page;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** MLflow's page tokens: the offset of the next page, as JSON in base64. */
final class PageTokens {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PageTokens() {}

    /** Returns the offset that a token stands for; 0 for none. */
    static long offset(String token) {
        if (token == null || token.isEmpty()) {
            return 0;
        }
        String decoded;
        try {
            decoded = new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw MlflowException.invalidParameter("Invalid page token, could not base64-decode");
        }
        try {
            JsonNode offset = JSON.readTree(decoded).path("offset");
            if (offset.canConvertToLong() && offset.asLong() > 0) {
                return offset.asLong();
            }
            throw MlflowException.invalidParameter("Invalid page token, parsed value=" + decoded);
        } catch (JsonProcessingException e) {
            throw MlflowException.invalidParameter("Invalid page token, decoded value=" + decoded);
        }
    }

    /**
     * Makes a page of what was found from {@code offset} on.
     *
     * @param found up to one more than {@code maxResults}: the extra one tells that there is a next page
     */
    static <T> Page<T> page(List<T> found, long offset, int maxResults) {
        if (found.size() <= maxResults) {
            return new Page<>(found, null);
        }
        String json = "{\"offset\": " + (offset + maxResults) + "}";
        String token = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
        return new Page<>(found.subList(0, maxResults), token);
    }
}
