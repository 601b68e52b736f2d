package io.sparkmlflow.artifacts;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.store.TrackingStore;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a model URI says, and the way from there to the files.
 *
 * <table>
 *   <caption>The forms</caption>
 *   <tr><td>{@code models:/name/3}</td><td>a version</td></tr>
 *   <tr><td>{@code models:/name/latest}</td><td>the version with the highest number</td></tr>
 *   <tr><td>{@code models:/name/Production}</td><td>the one with the highest number in a stage</td></tr>
 *   <tr><td>{@code models:/name@champion}</td><td>the version that an alias points at</td></tr>
 *   <tr><td>{@code models:/m-<32 hex>}</td><td>a logged model</td></tr>
 *   <tr><td>{@code runs:/<run id>/path}</td><td>a model that the run logged under that name, else its artifact</td></tr>
 *   <tr><td>anything else</td><td>where the files are: a path or an artifact URI</td></tr>
 * </table>
 *
 * All but the last may go on with {@code /} and a path inside the model.
 *
 * @param uri the whole text
 * @param name the registered model's name, the logged model's id, the run's id, or the location
 * @param reference the version, stage or alias; {@code null} for the other kinds
 * @param path inside the model or run; empty for all of it
 */
public record ModelUri(String uri, Kind kind, String name, String reference, String path) {
    private static final Pattern MODEL_ID = Pattern.compile("m-[0-9a-f]{32}");
    private static final Pattern DIGITS = Pattern.compile("\\d+");
    private static final int MAX_HOPS = 5;

    /** The forms of a model URI. */
    public enum Kind {
        VERSION,
        LATEST,
        STAGE,
        ALIAS,
        LOGGED_MODEL,
        RUN,
        LOCATION
    }

    /**
     * Reads a model URI.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it begins like one of the forms but is none
     */
    public static ModelUri parse(String uri) {
        String text = uri.trim();
        return switch (ArtifactStores.scheme(text)) {
            case "models" -> parseModels(text);
            case "runs" -> parseRuns(text);
            default -> {
                if (text.isEmpty()) {
                    throw MlflowException.invalidParameter("A model URI must not be empty: expected models:/name/1,"
                            + " models:/name@alias, runs:/<run id>/path or where the files are");
                }
                yield new ModelUri(text, Kind.LOCATION, text, null, "");
            }
        };
    }

    /**
     * Finds where the files are.
     *
     * @return a path or an artifact URI that {@link ArtifactStores#open} understands
     * @throws MlflowException if there is no such model, version, alias or run; the message names the URI
     */
    public String resolve(TrackingStore tracking, ModelRegistry registry) {
        return resolve(tracking, registry, MAX_HOPS);
    }

    private String resolve(TrackingStore tracking, ModelRegistry registry, int hops) {
        if (kind == Kind.LOCATION) {
            return name;
        }
        if (hops == 0) {
            throw MlflowException.invalidParameter(
                    "'" + uri + "' leads through too many model URIs: one of them must name where the files are");
        }
        String location;
        try {
            location = locate(tracking, registry);
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (MlflowException e) {
            throw new MlflowException(e.errorCode(), "Cannot find the model '" + uri + "': " + e.getMessage(), e);
        }
        // A registered version may have been made from a models:/ or runs:/ URI that the registry kept as it was.
        return parse(location).resolve(tracking, registry, hops - 1);
    }

    private String locate(TrackingStore tracking, ModelRegistry registry) {
        return switch (kind) {
            case LOGGED_MODEL -> join(tracking.getLoggedModel(name).artifactUri(), path);
            case RUN -> locateInRun(tracking);
            case VERSION -> join(registry.getDownloadUri(name, Integer.parseInt(reference)), path);
            case LATEST -> locate(registry, registry.findLatestVersion(name), "the registered model has no version");
            case STAGE ->
                locate(
                        registry,
                        registry.findLatestVersionInStage(name, reference),
                        "no version is in stage '" + reference + "'");
            case ALIAS -> locate(registry, Optional.of(registry.getVersionByAlias(name, reference)), "");
            case LOCATION -> name;
        };
    }

    private String locate(ModelRegistry registry, Optional<ModelVersion> version, String ifNone) {
        int number = version.orElseThrow(() -> MlflowException.notFound(ifNone)).version();
        return join(registry.getDownloadUri(name, number), path);
    }

    /**
     * MLflow 3 keeps a model's files at the logged model, which names the run as its source; the run's own artifacts are where
     * MLflow 2 had them.
     */
    private String locateInRun(TrackingStore tracking) {
        Run run = tracking.getRun(name);
        int slash = path.indexOf('/');
        return RunModels.find(run, modelName(), tracking)
                .map(model -> join(model.artifactUri(), slash < 0 ? "" : path.substring(slash + 1)))
                .orElseGet(() -> join(run.info().artifactUri(), path));
    }

    private String modelName() {
        int slash = path.indexOf('/');
        return slash < 0 ? path : path.substring(0, slash);
    }

    /**
     * Finds the logged model that a {@code runs:/} URI means: the one of that name which the run made at the largest step, and of
     * those the newest. One that is not READY is as good as not there.
     *
     * @return empty if the run made none, or the server is from before MLflow 3: then the URI means the run's own artifacts
     */
    public Optional<LoggedModel> findLoggedModel(TrackingStore tracking) {
        return kind == Kind.RUN && modelName().equals(path)
                ? RunModels.find(tracking.getRun(name), path, tracking)
                : Optional.empty();
    }

    private static ModelUri parseModels(String uri) {
        String[] parts = rest(uri, "models:/").split("/", 3);
        String first = parts[0];
        int at = first.lastIndexOf('@');
        if (MODEL_ID.matcher(first).matches()) {
            return new ModelUri(uri, Kind.LOGGED_MODEL, first, null, pathAfter(parts, 1));
        }
        if (at > 0 && at < first.length() - 1) {
            return new ModelUri(uri, Kind.ALIAS, first.substring(0, at), first.substring(at + 1), pathAfter(parts, 1));
        }
        if (first.isBlank() || at >= 0 || parts.length < 2 || parts[1].isBlank()) {
            throw malformed(uri);
        }
        String reference = parts[1];
        String path = pathAfter(parts, 2);
        if (DIGITS.matcher(reference).matches()) {
            if (reference.length() > 9) {
                throw malformed(uri);
            }
            return new ModelUri(uri, Kind.VERSION, first, reference, path);
        }
        return reference.equalsIgnoreCase("latest")
                ? new ModelUri(uri, Kind.LATEST, first, null, path)
                : new ModelUri(uri, Kind.STAGE, first, reference, path);
    }

    private static ModelUri parseRuns(String uri) {
        String[] parts = rest(uri, "runs:/").split("/", 2);
        if (parts[0].isBlank()) {
            throw MlflowException.invalidParameter(
                    "'" + uri + "' is not a URI of a run's artifact: expected runs:/<run id>/path");
        }
        return new ModelUri(uri, Kind.RUN, parts[0], null, pathAfter(parts, 1));
    }

    /** Returns what follows the scheme. Two slashes would name a host, such as a Databricks workspace. */
    private static String rest(String uri, String start) {
        String rest = uri.substring(uri.indexOf(':') + 1);
        if (!rest.startsWith("/") || rest.startsWith("//")) {
            throw MlflowException.invalidParameter(
                    "'" + uri + "' is not a model URI: expected " + start + " with one slash, then a name");
        }
        return rest.substring(1);
    }

    private static String pathAfter(String[] parts, int index) {
        StringBuilder path = new StringBuilder();
        for (int i = index; i < parts.length; i++) {
            path.append(i == index ? "" : "/").append(parts[i]);
        }
        return ArtifactPath.normalize(path.toString());
    }

    private static MlflowException malformed(String uri) {
        return MlflowException.invalidParameter("'" + uri
                + "' is not a model URI: expected models:/name/version, models:/name/latest, models:/name/stage,"
                + " models:/name@alias or models:/m-<32 hexadecimal digits>");
    }

    private static String join(String location, String path) {
        if (path.isEmpty()) {
            return location;
        }
        boolean isUri = Set.of("file", "mlflow-artifacts").contains(ArtifactStores.scheme(location));
        String escaped = isUri ? escape(path) : path;
        return location.endsWith("/") ? location + escaped : location + "/" + escaped;
    }

    private static String escape(String path) {
        try {
            return new URI(null, null, "/" + path, null).getRawPath().substring(1);
        } catch (URISyntaxException e) {
            throw MlflowException.invalidParameter("'" + path + "' cannot be part of an artifact URI");
        }
    }
}
