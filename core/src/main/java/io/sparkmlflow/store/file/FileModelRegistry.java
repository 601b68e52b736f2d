package io.sparkmlflow.store.file;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.store.PageTokens;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import io.sparkmlflow.store.sql.RegistryValidation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Registered models and versions of a file store. Every call reads the files anew. */
final class FileModelRegistry extends ReadOnlyModelRegistry {
    private static final String DELETED = "Deleted_Internal";
    private static final String VERSION_FOLDER = "version-";
    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,8}");

    FileModelRegistry(Path root, String uri) {
        super(root, uri);
    }

    // ---- registered models ----

    @Override
    public Optional<RegisteredModel> findRegisteredModel(String name) {
        requireName(name);
        return model(folderOf(name));
    }

    @Override
    public Page<RegisteredModel> searchRegisteredModels(SearchRegisteredModels request) {
        RegistryValidation.maxResults(request.maxResults(), RegistryValidation.MAX_MODELS);
        RegistrySearch search = RegistrySearch.ofModels(request.filter(), request.orderBy());
        List<RegisteredModel> found = modelFolders().stream()
                .map(FileModelRegistry::model)
                .flatMap(Optional::stream)
                .filter(search::finds)
                .sorted(search.modelOrder())
                .toList();
        return PageTokens.cut(found, request.pageToken(), request.maxResults());
    }

    private List<Path> modelFolders() {
        return StoreFolders.in(root().resolve("models"));
    }

    /** Leaves no way out of the folder. */
    private static void requireName(String name) {
        RegistryValidation.modelName(name);
        if (name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0) {
            throw MlflowException.invalidParameter(
                    "Invalid model name '" + name + "': no folder of a file store has a backslash or NUL in its name");
        }
    }

    private Path folderOf(String name) {
        return StoreFolders.child(root().resolve("models"), name);
    }

    private Path existingFolder(String name) {
        requireName(name);
        Path folder = folderOf(name);
        if (Meta.find(folder).isEmpty()) {
            throw MlflowException.notFound("Registered Model with name=" + name + " not found");
        }
        return folder;
    }

    private static Optional<RegisteredModel> model(Path folder) {
        return Meta.find(folder)
                .map(meta -> new RegisteredModel(
                        StoreFolders.name(folder),
                        meta.number("creation_timestamp", 0),
                        meta.number("last_updated_timestamp", 0),
                        meta.text("description"),
                        StoreFolders.texts(folder.resolve("tags")),
                        aliases(folder),
                        latestOfEachStage(folder)));
    }

    private static Map<String, Integer> aliases(Path folder) {
        Map<String, Integer> aliases = new HashMap<>();
        StoreFolders.texts(folder.resolve("aliases")).forEach((alias, version) -> {
            if (!NUMBER.matcher(version.strip()).matches()) {
                throw new MlflowException(
                        ErrorCode.INTERNAL_ERROR,
                        "The alias " + alias + " in " + folder + " has '" + version + "': expected a version's number");
            }
            aliases.put(alias, Integer.valueOf(version.strip()));
        });
        return aliases;
    }

    // ---- versions ----

    @Override
    public ModelVersion getModelVersion(String name, int version) {
        requireName(name);
        return version(folderOf(name), version)
                .orElseThrow(() -> MlflowException.notFound(
                        "Model Version (name=" + name + ", version=" + version + ") not found"));
    }

    @Override
    public Optional<ModelVersion> findLatestVersion(String name) {
        return versions(existingFolder(name)).stream().max(Comparator.comparingInt(ModelVersion::version));
    }

    @Override
    public Optional<ModelVersion> findLatestVersionInStage(String name, String stage) {
        requireName(name);
        String stored = RegistryValidation.stage(stage);
        return latestOfEachStage(existingFolder(name)).stream()
                .filter(version -> version.currentStage().equals(stored))
                .findFirst();
    }

    @Override
    public List<ModelVersion> getLatestVersions(String name, List<String> stages) {
        requireName(name);
        List<String> wanted = (stages.isEmpty() ? RegistryValidation.STAGES : stages)
                .stream().map(RegistryValidation::stage).toList();
        return latestOfEachStage(existingFolder(name)).stream()
                .filter(version -> wanted.contains(version.currentStage()))
                .toList();
    }

    @Override
    public Page<ModelVersion> searchModelVersions(SearchModelVersions request) {
        RegistryValidation.maxResults(request.maxResults(), RegistryValidation.MAX_VERSIONS);
        RegistrySearch search = RegistrySearch.ofVersions(request.filter(), request.orderBy());
        List<ModelVersion> found = new ArrayList<>();
        for (Path folder : modelFolders()) {
            Map<String, String> tags = StoreFolders.texts(folder.resolve("tags"));
            versions(folder).stream()
                    .filter(version -> search.finds(version, tags))
                    .forEach(found::add);
        }
        found.sort(search.versionOrder());
        return PageTokens.cut(found, request.pageToken(), request.maxResults());
    }

    @Override
    public String getDownloadUri(String name, int version) {
        getModelVersion(name, version);
        Meta meta = Meta.find(folderOf(name).resolve(VERSION_FOLDER + version)).orElseThrow();
        String location = meta.text("storage_location", "");
        return location.isEmpty() ? meta.text("source", "") : location;
    }

    @Override
    public ModelVersion getVersionByAlias(String name, String alias) {
        RegistryValidation.alias(alias);
        Path folder = existingFolder(name);
        if (alias.equalsIgnoreCase("latest")) {
            return findLatestVersion(name)
                    .orElseThrow(() -> MlflowException.notFound("Latest version not found for model " + name + "."));
        }
        Integer version = aliases(folder).get(alias);
        if (version == null) {
            throw MlflowException.invalidParameter("Registered model alias " + alias + " not found.");
        }
        return getModelVersion(name, version);
    }

    /** Returns the versions in the order of their numbers. */
    private static List<ModelVersion> versions(Path folder) {
        List<ModelVersion> versions = new ArrayList<>();
        for (Path child : StoreFolders.in(folder)) {
            String name = child.getFileName().toString();
            if (name.startsWith(VERSION_FOLDER)
                    && NUMBER.matcher(name.substring(VERSION_FOLDER.length())).matches()) {
                version(folder, Integer.parseInt(name.substring(VERSION_FOLDER.length())))
                        .ifPresent(versions::add);
            }
        }
        versions.sort(Comparator.comparingInt(ModelVersion::version));
        return versions;
    }

    private static List<ModelVersion> latestOfEachStage(Path folder) {
        Map<String, ModelVersion> latest = new HashMap<>();
        versions(folder).forEach(version -> latest.put(version.currentStage(), version));
        return latest.values().stream()
                .sorted(Comparator.comparingInt(ModelVersion::version))
                .toList();
    }

    private static Optional<ModelVersion> version(Path modelFolder, int number) {
        Path folder = modelFolder.resolve(VERSION_FOLDER + number);
        return Meta.find(folder)
                .filter(meta -> !DELETED.equals(meta.text("current_stage")))
                .map(meta -> new ModelVersion(
                        StoreFolders.name(modelFolder),
                        number,
                        meta.number("creation_timestamp", 0),
                        meta.number("last_updated_timestamp", 0),
                        meta.text("description"),
                        meta.text("user_id"),
                        meta.text("current_stage", "None"),
                        meta.text("source"),
                        meta.text("run_id"),
                        meta.text("status", "READY"),
                        meta.text("status_message"),
                        meta.text("run_link"),
                        aliases(modelFolder).entrySet().stream()
                                .filter(alias -> alias.getValue() == number)
                                .map(Map.Entry::getKey)
                                .sorted()
                                .toList(),
                        StoreFolders.texts(folder.resolve("tags"))));
    }
}
