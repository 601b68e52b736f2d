package io.sparkmlflow.store.rest;

import io.sparkmlflow.MlflowException;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The workspace of the server that every call is meant for, if one is named. A server without workspaces passes the name over,
 * and would put everything where all can see it; so it is asked once whether it has any.
 */
final class Workspace {
    private static final String HEADER = "X-MLFLOW-WORKSPACE";

    private final String name;
    private volatile boolean known;

    /** One of that name; {@code null} for none. */
    Workspace(String name) {
        this.name = name;
    }

    Map<String, String> headers() {
        return name == null ? Map.of() : Map.of(HEADER, name);
    }

    /**
     * Does nothing if no workspace is named, or the server has workspaces.
     *
     * @param supported asks the server
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it has none
     */
    void require(BooleanSupplier supported, String server) {
        if (name == null || known) {
            return;
        }
        if (!supported.getAsBoolean()) {
            throw MlflowException.invalidParameter(
                    "The workspace '" + name + "' (MLFLOW_WORKSPACE) cannot be used: the server " + server
                            + " has no workspaces. Start it with --enable-workspaces, or unset MLFLOW_WORKSPACE.");
        }
        known = true;
    }
}
