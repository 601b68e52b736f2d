package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A {@code requirements.txt} that a caller names. */
final class RequirementFiles {
    private RequirementFiles() {}

    /** Returns its lines without comments and blank ones. */
    static List<String> read(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .map(line -> line.replaceAll("(^|\\s)#.*", "").trim())
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw MlflowException.invalidParameter("Cannot read the requirements file '" + file
                    + "': expected a list of requirements or the path of a file with one on each line");
        }
    }
}
