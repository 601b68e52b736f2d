package io.sparkmlflow.store.file;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads folders whose file names are keys. What disappears while it is read was never there. */
final class StoreFolders {
    /** Ids become file names; MLflow's own pattern leaves no way out of the folder. */
    private static final Pattern ID = Pattern.compile("[a-zA-Z0-9][\\w-]{0,255}");

    private static final int MAX_KEY_FOLDERS = 100;

    private StoreFolders() {}

    static boolean isId(String text) {
        return text != null && ID.matcher(text).matches();
    }

    /** Returns the folders in a folder, by name. */
    static List<Path> in(Path parent) {
        return list(parent, Files::isDirectory);
    }

    private static List<Path> list(Path parent, Predicate<Path> filter) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(filter).sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw unreadable(parent, e);
        }
    }

    /** Returns the texts of the files below a folder, by key. */
    static Map<String, String> texts(Path folder) {
        Map<String, String> texts = new TreeMap<>();
        files(folder).forEach((key, file) -> text(file).ifPresent(text -> texts.put(key, text)));
        return texts;
    }

    /** Returns the files below a folder by key, in the order of the keys. */
    static Map<String, Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Map.of();
        }
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(folder, MAX_KEY_FOLDERS)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                files.put(key(folder, file), file);
            }
            return files;
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private static String key(Path folder, Path file) {
        StringBuilder key = new StringBuilder();
        for (Path at = file; !at.equals(folder); at = at.getParent()) {
            key.insert(0, "/" + name(at));
        }
        return key.substring(1);
    }

    /**
     * Returns a file's name. Python writes it in UTF-8, which Java reads as something else where the locale has another
     * encoding, as in a container without one; the URI of a file has the bytes of its name.
     */
    static String name(Path file) {
        String name = file.getFileName().toString();
        if (isAscii(name)) {
            return name;
        }
        String path = file.toUri().getRawPath().replaceFirst("/$", "");
        return URLDecoder.decode(path.substring(path.lastIndexOf('/') + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Returns what has a name in a folder; see {@link #name}. */
    static Path child(Path folder, String name) {
        if (isAscii(name)) {
            return folder.resolve(name);
        }
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        return Path.of(URI.create(folder.toUri().toString().replaceFirst("/$", "") + "/" + encoded));
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    /** Returns what a file says; empty if there is none. */
    static Optional<String> text(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static MlflowException unreadable(Path path, IOException cause) {
        return new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot read " + path + ": " + cause, cause);
    }
}
