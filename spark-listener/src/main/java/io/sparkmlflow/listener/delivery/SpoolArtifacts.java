package io.sparkmlflow.listener.delivery;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.entities.FileInfo;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Takes the files of artifacts that cannot be reached. */
final class SpoolArtifacts implements ArtifactStore {
    private final Spool spool;
    private final String artifactUri;

    SpoolArtifacts(Spool spool, String artifactUri) {
        this.spool = spool;
        this.artifactUri = artifactUri;
    }

    @Override
    public String rootUri() {
        return artifactUri;
    }

    @Override
    public void uploadFile(Path localFile, String directory) {
        spool.add(new SpoolOp.FileUploaded(artifactUri, directory, spool.keepFile(localFile)));
    }

    @Override
    public void upload(InputStream content, String path) {
        throw notNow();
    }

    @Override
    public void uploadDirectory(Path localDirectory, String directory) {
        throw notNow();
    }

    @Override
    public List<FileInfo> list(String directory) {
        throw notNow();
    }

    @Override
    public InputStream open(String path) {
        throw notNow();
    }

    @Override
    public Path download(String path, Path destination) {
        throw notNow();
    }

    @Override
    public void delete(String path) {
        throw notNow();
    }

    private static MlflowException notNow() {
        return new MlflowException(
                ErrorCode.NOT_IMPLEMENTED, "This cannot be kept for later while the tracking store does not answer");
    }
}
