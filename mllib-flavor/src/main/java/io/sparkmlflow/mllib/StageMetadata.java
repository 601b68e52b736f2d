package io.sparkmlflow.mllib;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * What a stage's {@code metadata} folder says about it.
 *
 * @param folder where the stage is, relative to the pipeline's folder; empty for the pipeline itself
 * @param className of the JVM, or of Python for a stage that Python wrote
 * @param sparkVersion the Spark that wrote it; empty if it does not say
 * @param isPython whether Python wrote it as its own
 * @param stageUids of a pipeline's stages, in order; empty for other stages
 */
record StageMetadata(
        String folder, String className, String uid, String sparkVersion, boolean isPython, List<String> stageUids) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Reads the JSON line of a stage's metadata file; {@code null} if it is no such line. */
    static StageMetadata parse(String folder, String json) {
        JsonNode node;
        try {
            node = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            return null;
        }
        if (node == null || !node.path("class").isTextual()) {
            return null;
        }
        String className = node.get("class").asText();
        boolean isPython = className.startsWith("pyspark.")
                || node.path("paramMap").path("language").asText().equals("Python");
        List<String> stageUids = node.path("paramMap")
                .path("stageUids")
                .valueStream()
                .map(JsonNode::asText)
                .toList();
        return new StageMetadata(
                folder,
                className,
                node.path("uid").asText(),
                node.path("sparkVersion").asText(),
                isPython,
                stageUids);
    }
}
