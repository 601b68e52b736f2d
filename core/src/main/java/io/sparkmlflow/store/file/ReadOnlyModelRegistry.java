package io.sparkmlflow.store.file;

import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.ModelRegistry;
import java.nio.file.Path;
import java.util.Map;

/** Refuses what would change a model registry. */
abstract class ReadOnlyModelRegistry implements ModelRegistry {
    private final Path root;
    private final String uri;

    ReadOnlyModelRegistry(Path root, String uri) {
        this.root = root;
        this.uri = uri;
    }

    @Override
    public final String uri() {
        return uri;
    }

    /** Returns the folder that the store is. */
    final Path root() {
        return root;
    }

    @Override
    public final RegisteredModel createRegisteredModel(String name, String description, Map<String, String> tags) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final RegisteredModel renameRegisteredModel(String name, String newName) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final RegisteredModel updateRegisteredModel(String name, String description) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteRegisteredModel(String name) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void setRegisteredModelTag(String name, Tag tag) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteRegisteredModelTag(String name, String key) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final ModelVersion createModelVersion(CreateModelVersion request) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final ModelVersion updateModelVersion(String name, int version, String description) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final ModelVersion transitionStage(String name, int version, String stage, boolean archiveExisting) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteModelVersion(String name, int version) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void setModelVersionTag(String name, int version, Tag tag) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteModelVersionTag(String name, int version, String key) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void setAlias(String name, String alias, int version) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteAlias(String name, String alias) {
        throw ReadOnly.refused(root);
    }

    /** There is nothing to let go of. */
    @Override
    public final void close() {}
}
