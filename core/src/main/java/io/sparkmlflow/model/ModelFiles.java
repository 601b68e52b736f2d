package io.sparkmlflow.model;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** The small text files of a model's folder. */
final class ModelFiles {
    private static final long MAX_BYTES = 16L * 1024 * 1024;

    private ModelFiles() {}

    /** Reads a UTF-8 file; one that is too long is refused before it is read. */
    static String read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw MlflowException.invalidParameter(
                        "The file " + file + " has " + size + " bytes; at most " + MAX_BYTES + " are read");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw MlflowException.notFound("There is no file " + file);
        } catch (CharacterCodingException e) {
            throw new MlflowException(ErrorCode.INVALID_PARAMETER_VALUE, "The file " + file + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Reads a UTF-8 file if it is there. */
    static Optional<String> find(Path file) {
        return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
    }

    static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
