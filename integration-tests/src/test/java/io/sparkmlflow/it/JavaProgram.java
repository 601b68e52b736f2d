package io.sparkmlflow.it;

import java.util.ArrayList;
import java.util.List;

/** Classes of these tests that run as processes of their own, on the tests' class path. */
final class JavaProgram {
    private JavaProgram() {}

    /** Returns the command that runs {@code main} with arguments; made to start fast, not to run long. */
    static List<String> command(Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Programs.tool("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp"));
        // Surefire may put the class path into the manifest of a jar, and keeps the real one here.
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }
}
