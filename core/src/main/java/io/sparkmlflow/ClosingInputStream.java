package io.sparkmlflow;

import io.sparkmlflow.artifacts.ArtifactStore;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A file of an artifact store that was opened for it alone. */
final class ClosingInputStream extends FilterInputStream {
    private final ArtifactStore store;

    ClosingInputStream(InputStream content, ArtifactStore store) {
        super(content);
        this.store = store;
    }

    @Override
    public void close() throws IOException {
        try (store) {
            super.close();
        }
    }
}
