package io.sparkmlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.MlflowTags;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tags that say where a run comes from. */
public final class RunContext {
    private static final Logger LOG = LoggerFactory.getLogger(RunContext.class);

    private final Path directory;
    // Guarded by this; null until it is asked for.
    private Optional<GitCheckout> checkout;

    /** A JVM does not know where its program's sources are; the best guess is the directory that it works in. */
    public RunContext(Path directory) {
        this.directory = directory;
    }

    /**
     * Looks around a program: its folder if it is a file of this machine, as in Python, else the working directory.
     *
     * @param program a path, a URI or any other name
     */
    public static RunContext around(String program) {
        try {
            Path file = program.startsWith("file:") ? Path.of(URI.create(program)) : Path.of(program);
            if (Files.isRegularFile(file)) {
                return new RunContext(file.toAbsolutePath().getParent());
            }
        } catch (IllegalArgumentException | FileSystemNotFoundException e) {
            LOG.debug("'{}' is not a file here", program, e);
        }
        return new RunContext(Path.of("").toAbsolutePath());
    }

    /**
     * Returns who runs this program, what it is called (its main class or jar) and which commit is checked out around the
     * directory; and what the environment says, which wins.
     */
    Map<String, String> tags(MlflowConfig config) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put(MlflowTags.USER, System.getProperty("user.name", "unknown"));
        // Arguments, which may hold secrets, are not part of the name.
        String program = System.getProperty("sun.java.command", "").strip().split("\\s", 2)[0];
        tags.put(MlflowTags.SOURCE_NAME, program.isEmpty() ? "<unknown>" : program);
        tags.put(MlflowTags.SOURCE_TYPE, "LOCAL");
        tags.putAll(checkoutTags());
        tags.putAll(configuredTags(config));
        return tags;
    }

    /** Returns which commit, branch and remote are checked out around the directory; empty if that cannot be told. */
    public Map<String, String> checkoutTags() {
        Map<String, String> tags = new LinkedHashMap<>();
        checkout().ifPresent(git -> {
            tags.put(MlflowTags.GIT_COMMIT, git.commit());
            putIfPresent(tags, MlflowTags.GIT_BRANCH, git.branch());
            putIfPresent(tags, MlflowTags.GIT_REPO_URL, git.repositoryUrl());
        });
        return tags;
    }

    /** Returns the tags that the environment variable {@code MLFLOW_RUN_CONTEXT} sets. */
    public static Map<String, String> configuredTags(MlflowConfig config) {
        return config.find(Setting.RUN_CONTEXT).map(RunContext::parse).orElse(Map.of());
    }

    /** What was checked out when the first run started is what was compiled, if anything is. */
    private synchronized Optional<GitCheckout> checkout() {
        if (checkout == null) {
            checkout = GitCheckout.around(directory);
        }
        return checkout;
    }

    private static void putIfPresent(Map<String, String> tags, String key, String value) {
        if (value != null) {
            tags.put(key, value);
        }
    }

    /** As in Python, a context that cannot be read does not keep a run from starting. */
    private static Map<String, String> parse(String json) {
        Map<String, String> tags = new LinkedHashMap<>();
        try {
            JsonNode node = new ObjectMapper().readTree(json);
            if (node.isObject()) {
                node.fields()
                        .forEachRemaining(field -> tags.put(
                                field.getKey(),
                                field.getValue().isTextual()
                                        ? field.getValue().asText()
                                        : field.getValue().toString()));
                return tags;
            }
        } catch (JsonProcessingException e) {
            // falls through to the sentence that names the variable; the value may hold anything
        }
        LOG.warn("{} is ignored: expected a JSON object of tags", Setting.RUN_CONTEXT.environmentVariable());
        return Map.of();
    }
}
