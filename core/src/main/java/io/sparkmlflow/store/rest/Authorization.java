package io.sparkmlflow.store.rest;

import io.sparkmlflow.credentials.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The values of the header {@code Authorization}. */
interface Authorization {
    Authorization NONE = () -> null;

    /** Returns the header's value, or {@code null} for none. Throws if a token that it takes cannot be got. */
    String header() throws IOException, InterruptedException;

    /** Forgets a value that the server has rejected; returns whether there may be a better one. */
    default boolean forget(String rejected) {
        return false;
    }

    /** Returns the header of credentials that need no server to become one. */
    static Authorization of(Credentials credentials) {
        if (credentials instanceof Credentials.Basic basic) {
            String header = basic(basic.username(), basic.password());
            return () -> header;
        }
        if (credentials instanceof Credentials.Bearer bearer) {
            String header = "Bearer " + bearer.token();
            return () -> header;
        }
        return NONE;
    }

    static String basic(String username, String password) {
        byte[] text = (username + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(text);
    }
}
