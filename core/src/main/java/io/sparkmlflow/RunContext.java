package io.sparkmlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.MlflowTags;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tags that say where a run comes from. */
final class RunContext {
    private static final Logger LOG = LoggerFactory.getLogger(RunContext.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    // Guarded by this; null until it is asked for.
    private Optional<GitCheckout> checkout;

    /** A JVM does not know where its program's sources are; the best guess is the directory that it works in. */
    RunContext(Path directory) {
        this.directory = directory;
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
        checkout().ifPresent(git -> {
            tags.put(MlflowTags.GIT_COMMIT, git.commit());
            putIfPresent(tags, MlflowTags.GIT_BRANCH, git.branch());
            putIfPresent(tags, MlflowTags.GIT_REPO_URL, git.repositoryUrl());
        });
        config.find(Setting.RUN_CONTEXT).ifPresent(json -> tags.putAll(parse(json)));
        return tags;
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
            JsonNode node = JSON.readTree(json);
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
