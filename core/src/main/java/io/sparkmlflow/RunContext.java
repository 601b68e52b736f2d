package io.sparkmlflow;

import io.sparkmlflow.entities.MlflowTags;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tags that say where a run comes from. */
final class RunContext {
    private RunContext() {}

    /** Returns who runs this program and what it is called: its main class or jar. */
    static Map<String, String> tags() {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put(MlflowTags.USER, System.getProperty("user.name", "unknown"));
        // Arguments, which may hold secrets, are not part of the name.
        String program = System.getProperty("sun.java.command", "").strip().split("\\s", 2)[0];
        tags.put(MlflowTags.SOURCE_NAME, program.isEmpty() ? "<unknown>" : program);
        tags.put(MlflowTags.SOURCE_TYPE, "LOCAL");
        return tags;
    }
}
