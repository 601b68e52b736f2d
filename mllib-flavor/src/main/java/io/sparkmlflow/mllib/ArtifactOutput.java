package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.TemporaryFolders;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is written to this disk, and sent when it is closed: the server has to know its size. */
final class ArtifactOutput extends OutputStream {
    private final Path folder;
    private final Path file;
    private final OutputStream content;
    private final Destination destination;
    private boolean closed;

    /** Takes the whole file. */
    interface Destination {
        void send(Path file) throws IOException;
    }

    ArtifactOutput(String name, Destination destination) throws IOException {
        this.folder = TemporaryFolders.create();
        this.file = folder.resolve(name);
        this.content = open(folder, file);
        this.destination = destination;
    }

    private static OutputStream open(Path folder, Path file) throws IOException {
        try {
            return Files.newOutputStream(file);
        } catch (IOException e) {
            TemporaryFolders.delete(folder);
            throw e;
        }
    }

    @Override
    public void write(int value) throws IOException {
        content.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        content.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            content.close();
            destination.send(file);
        } finally {
            TemporaryFolders.delete(folder);
        }
    }
}
