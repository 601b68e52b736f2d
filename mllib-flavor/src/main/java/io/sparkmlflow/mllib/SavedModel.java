package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** A model that {@link ModelFolder} wrote into a local folder. Needs no running Spark. */
final class SavedModel implements ModelContent {
    private final Path folder;
    private final MlModel mlmodel;

    /** Reads the folder's {@code MLmodel}, which then changes with each place. */
    SavedModel(Path folder) {
        this.folder = folder;
        this.mlmodel = MlModel.read(folder);
    }

    @Override
    public MlModel writeTo(ArtifactStore store, String target, UnaryOperator<MlModel> naming) throws IOException {
        MlModel named = naming.apply(MlModel.parse(mlmodel.toYaml()));
        named.write(folder);
        ModelContent.removeOlder(store, target);
        store.uploadDirectory(folder, target);
        return named;
    }
}
