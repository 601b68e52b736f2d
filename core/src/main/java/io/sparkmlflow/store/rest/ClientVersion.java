package io.sparkmlflow.store.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this library, as the build wrote it into the jar. */
final class ClientVersion {
    static final String USER_AGENT = "spark-mlflow/" + read();

    private ClientVersion() {}

    private static String read() {
        Properties properties = new Properties();
        try (InputStream stream = ClientVersion.class.getResourceAsStream("version.properties")) {
            if (stream != null) {
                properties.load(stream);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "unknown");
    }
}
