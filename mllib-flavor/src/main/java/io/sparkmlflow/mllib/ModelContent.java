package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A model that can be put into artifact stores, into one after the other. */
interface ModelContent {
    /**
     * Writes all files into a folder of a store, {@code MLmodel} last: until then it is no model, whatever happens. What is
     * left there of an older model is replaced.
     *
     * @param folder the path in the store; {@code null} for the root
     * @param naming what {@code MLmodel} says of this place
     * @return the {@code MLmodel} that was written
     */
    MlModel writeTo(ArtifactStore store, String folder, UnaryOperator<MlModel> naming) throws IOException;

    /** Deletes what was written, as far as it can be deleted, because the model will not be logged after all. */
    default void withdraw() {}

    /** Deletes what would make an older model a part of a new one in its place; other files stay. */
    static void removeOlder(ArtifactStore store, String folder) {
        Set<String> names = namesIn(store, folder);
        // First, so that nobody reads the rest of it.
        if (names.contains(MlModel.FILE_NAME)) {
            store.delete(ArtifactTrees.join(folder, MlModel.FILE_NAME));
        }
        if (names.contains(SparkFlavor.MODEL_DATA)) {
            store.delete(ArtifactTrees.join(folder, SparkFlavor.MODEL_DATA));
        }
    }

    /** Returns the names in a folder of a store. */
    static Set<String> namesIn(ArtifactStore store, String folder) {
        return store.list(folder).stream()
                .map(FileInfo::path)
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .collect(Collectors.toSet());
    }
}
