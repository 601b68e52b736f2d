package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lines of pip requirements with the files that they refer to, read as Python's MLflow reads them: comments left out, continued
 * lines joined, {@code -r} and {@code -c} replaced by what is in the file, whose own references are relative to it.
 */
final class RequirementFiles {
    private static final Pattern REFERENCE =
            Pattern.compile("(?<option>-r|--requirement|-c|--constraint)(?:\\s*=\\s*|\\s+)(?<file>\\S.*)");

    private final List<String> requirements = new ArrayList<>();
    private final List<String> constraints = new ArrayList<>();
    private final Set<Path> open = new LinkedHashSet<>();

    private RequirementFiles() {}

    /** Reads lines whose references are relative to the working directory. */
    static RequirementFiles of(List<String> lines) {
        RequirementFiles files = new RequirementFiles();
        files.add(lines, Path.of(""), false);
        return files;
    }

    /** Returns the line that stands for a file, after a look whether it and all that it refers to can be read. */
    static String reference(String file) {
        String line = "-r " + file;
        of(List.of(line));
        return line;
    }

    /** Returns what is required, in order. */
    List<String> requirements() {
        return requirements;
    }

    /** Returns the versions that must not be left, in order. */
    List<String> constraints() {
        return constraints;
    }

    private void add(List<String> lines, Path directory, boolean areConstraints) {
        for (String line : logical(lines)) {
            Matcher reference = REFERENCE.matcher(line);
            if (reference.matches()) {
                Path file = directory.resolve(reference.group("file")).normalize();
                addFile(file, reference.group("option").matches("-c|--constraint"));
            } else {
                (areConstraints ? constraints : requirements).add(line);
            }
        }
    }

    private void addFile(Path file, boolean areConstraints) {
        if (!open.add(file.toAbsolutePath())) {
            throw MlflowException.invalidParameter(
                    "The requirements file '" + file + "' refers to itself: take one of the -r or -c lines out");
        }
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw MlflowException.invalidParameter("Cannot read the requirements file '" + file
                    + "': expected a list of requirements or the path of a file with one on each line");
        }
        Path parent = file.getParent();
        add(lines, parent == null ? Path.of("") : parent, areConstraints);
        open.remove(file.toAbsolutePath());
    }

    /** Returns the lines without comments and blank ones, with those joined that end in a backslash. */
    private static List<String> logical(List<String> lines) {
        List<String> logical = new ArrayList<>();
        StringBuilder joined = new StringBuilder();
        for (String line : lines) {
            String content = line.strip().replaceAll("(^|\\s+)#.*", "");
            if (content.endsWith("\\")) {
                joined.append(content, 0, content.length() - 1);
                continue;
            }
            logical.add(joined.append(content).toString().strip());
            joined.setLength(0);
        }
        logical.add(joined.toString().strip());
        logical.removeIf(String::isEmpty);
        return logical;
    }
}
