package io.sparkmlflow.credentials;

import java.util.Objects;

/** What proves to a server who asks. The text of a value never shows a password, a token or a secret. */
public sealed interface Credentials {
    /** Nothing: the server is asked anonymously. */
    Credentials NONE = new None();

    /** See {@link #NONE}. */
    record None() implements Credentials {}

    /** A user name and a password for HTTP basic authentication. */
    record Basic(String username, String password) implements Credentials {
        public Basic {
            Objects.requireNonNull(username, "username");
            Objects.requireNonNull(password, "password");
        }

        @Override
        public String toString() {
            return "Basic[username=" + username + "]";
        }
    }

    /** A token that is sent as it is. */
    record Bearer(String token) implements Credentials {
        public Bearer {
            Objects.requireNonNull(token, "token");
        }

        @Override
        public String toString() {
            return "Bearer[]";
        }
    }

    /** An OAuth client that gets short-lived tokens for itself (grant type {@code client_credentials}). */
    record OAuthClient(String clientId, String clientSecret) implements Credentials {
        public OAuthClient {
            Objects.requireNonNull(clientId, "clientId");
            Objects.requireNonNull(clientSecret, "clientSecret");
        }

        @Override
        public String toString() {
            return "OAuthClient[clientId=" + clientId + "]";
        }
    }
}
