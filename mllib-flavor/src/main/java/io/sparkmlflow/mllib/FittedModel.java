package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in Spark's memory. Spark writes it straight into the first store, if the cluster can; a second store gets a copy of
 * that. Otherwise Spark writes it once to this disk, from where it is uploaded. Closing it deletes what is on this disk.
 */
final class FittedModel implements ModelContent, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FittedModel.class);
    private static final Pattern OBJECT_STORE = Pattern.compile("(s3|s3a|s3n|gs|oss|cosn|obs):.*");

    private final SparkSession spark;
    private final MlflowClient client;
    private final PipelineModel pipeline;
    private final String dfsTmpDir;
    private final Path temporary;
    private final Path folder;
    private final ModelDescription description;
    private final List<Place> written = new ArrayList<>();
    private SavedModel saved;
    private MlModel mlmodel;

    /** A folder of a store that files were written into, and what was there before. */
    private record Place(String storeUri, String folder, Set<String> namesBefore) {
        static Place in(ArtifactStore store, String folder) {
            return new Place(store.rootUri(), folder, ModelContent.namesIn(store, folder));
        }

        /** An older model is replaced only when the new one is complete somewhere. */
        boolean isOccupied() {
            return namesBefore.contains(MlModel.FILE_NAME) || namesBefore.contains(SparkFlavor.MODEL_DATA);
        }
    }

    /**
     * Prepares to write a model: its small files are made.
     *
     * @throws MlflowException if a stage cannot be written, or an option cannot be followed
     */
    FittedModel(SparkSession spark, MlflowClient client, Transformer model, String dfsTmpDir, ModelOptions options)
            throws IOException {
        this.spark = spark;
        this.client = client;
        this.pipeline = ModelFolder.writable(model);
        this.dfsTmpDir = dfsTmpDir;
        this.temporary = TemporaryFolders.create();
        this.folder = Files.createDirectory(temporary.resolve("model"));
        boolean described = false;
        try {
            this.description = ModelDescription.write(spark, model, options, folder);
            described = true;
        } finally {
            if (!described) {
                TemporaryFolders.delete(temporary);
            }
        }
    }

    @Override
    public MlModel writeTo(ArtifactStore store, String target, UnaryOperator<MlModel> naming) throws IOException {
        if (written.isEmpty() && saved == null) {
            Place place = Place.in(store, target);
            Optional<String> uri = place.isOccupied() ? Optional.empty() : uri(store, target);
            if (uri.isPresent()) {
                written.add(place);
                mlmodel = description.complete(SparkMlFiles.write(spark, pipeline, uri.get()));
                return addDescription(store, target, naming);
            }
            save();
        }
        if (saved != null) {
            return saved.writeTo(store, target, naming);
        }
        ModelContent.removeOlder(store, target);
        Place first = written.get(0);
        written.add(Place.in(store, target));
        try (ArtifactStore source = client.openArtifacts(first.storeUri())) {
            ArtifactTrees.copy(source, data(first.folder()), store, data(target));
        }
        return addDescription(store, target, naming);
    }

    private Optional<String> uri(ArtifactStore store, String target) throws IOException {
        boolean onHadoop = !SparkPlaces.isProxied(store) && store.localPath(data(target)) == null;
        if (!onHadoop && !SparkMlFiles.reachesThisDisk(spark, dfsTmpDir)) {
            return Optional.empty();
        }
        // Spark renames what it has written, which an object store does by copying it.
        if (spark.sparkContext().isLocal()
                && OBJECT_STORE.matcher(store.rootUri()).matches()) {
            return Optional.empty();
        }
        return SparkPlaces.uri(spark, client.tracking().uri(), store, data(target));
    }

    private void save() throws IOException {
        description
                .complete(SparkMlFiles.writeLocally(spark, pipeline, folder.resolve(SparkFlavor.MODEL_DATA), dfsTmpDir))
                .write(folder);
        saved = new SavedModel(folder);
    }

    private MlModel addDescription(ArtifactStore store, String target, UnaryOperator<MlModel> naming)
            throws IOException {
        MlModel named = naming.apply(MlModel.parse(mlmodel.toYaml()));
        named.write(folder);
        store.uploadDirectory(folder, target);
        return named;
    }

    private static String data(String folder) {
        return ArtifactTrees.join(folder, SparkFlavor.MODEL_DATA);
    }

    @Override
    public void withdraw() {
        // A cancelled job's thread is interrupted, and then Hadoop's calls would fail at once.
        boolean interrupted = Thread.interrupted();
        for (Place place : written) {
            try {
                delete(place);
            } catch (MlflowException | IOException e) {
                LOG.warn(
                        "Cannot delete what was written of a model that is not logged, at {} in {}: {}",
                        place.folder() == null ? "the root" : place.folder(),
                        place.storeUri(),
                        e.getMessage());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Deletes what has a name of ours and was not there before: others may write beside it at the same time. */
    private void delete(Place place) throws IOException {
        List<String> names = new ArrayList<>(List.of(MlModel.FILE_NAME, SparkFlavor.MODEL_DATA));
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        }
        names.removeAll(place.namesBefore());
        try (ArtifactStore store = client.openArtifacts(place.storeUri())) {
            for (String name : names) {
                store.delete(ArtifactTrees.join(place.folder(), name));
            }
        }
    }

    @Override
    public void close() {
        TemporaryFolders.delete(temporary);
    }
}
