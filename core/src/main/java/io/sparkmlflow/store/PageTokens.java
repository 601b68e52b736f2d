package io.sparkmlflow.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Page;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** MLflow's page tokens: the offset of the next page, as JSON in base64. For those who implement a store. */
public final class PageTokens {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PageTokens() {}

    /**
     * Returns the offset that a token stands for; 0 for none.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it is no token
     */
    public static long offset(String token) {
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
    public static <T> Page<T> page(List<T> found, long offset, int maxResults) {
        if (found.size() <= maxResults) {
            return new Page<>(found, null);
        }
        String json = "{\"offset\": " + (offset + maxResults) + "}";
        String token = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
        return new Page<>(found.subList(0, maxResults), token);
    }

    /** Cuts the page that a token stands for out of all that was found. */
    public static <T> Page<T> cut(List<T> all, String token, int maxResults) {
        long offset = offset(token);
        return page(from(all, offset, maxResults), offset, maxResults);
    }

    /** Returns what is there from an offset on: one more than a page, if there is. */
    static <T> List<T> from(List<T> all, long offset, int maxResults) {
        int start = (int) Math.min(offset, all.size());
        return all.subList(start, (int) Math.min(all.size(), start + maxResults + 1L));
    }
}
