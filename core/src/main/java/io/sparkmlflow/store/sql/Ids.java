package io.sparkmlflow.store.sql;

import java.util.UUID;

/** Identifiers as MLflow makes them. */
final class Ids {
    private Ids() {}

    /** Returns 32 random hexadecimal digits. */
    static String random() {
        return UUID.randomUUID().toString().replace("-", "");
    }
}
