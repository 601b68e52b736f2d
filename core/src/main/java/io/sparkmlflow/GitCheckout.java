package io.sparkmlflow;

import io.sparkmlflow.config.MlflowConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What git's files say of the checkout that a directory lies in. No process is started: git may not be installed, and a Spark
 * job's environment is no place to fork.
 *
 * @param commit the hash of the commit that is checked out
 * @param branch the branch that is checked out, or {@code null}
 * @param repositoryUrl the first remote, without user name and password, or {@code null}
 */
record GitCheckout(String commit, String branch, String repositoryUrl) {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final Pattern REF = Pattern.compile("refs/(?!.*\\.\\.)[^\\s:]+");
    private static final String BRANCHES = "refs/heads/";
    private static final int MAX_INDIRECTIONS = 5;

    /** Returns the checkout around a directory; empty if there is none, or no commit in it, or it cannot be read. */
    static Optional<GitCheckout> around(Path directory) {
        try {
            for (Path folder = directory.toAbsolutePath().normalize(); folder != null; folder = folder.getParent()) {
                Path git = folder.resolve(".git");
                if (Files.exists(git)) {
                    return read(Files.isDirectory(git) ? git : folder.resolve(named("gitdir:", git)));
                }
            }
            return Optional.empty();
        } catch (IOException | InvalidPathException | SecurityException e) {
            return Optional.empty();
        }
    }

    /** The files of a worktree of its own name the folder that they share with the others. */
    private static Optional<GitCheckout> read(Path git) throws IOException {
        Path pointer = git.resolve("commondir");
        Path common = Files.exists(pointer) ? git.resolve(text(pointer)) : git;
        String head = text(git.resolve("HEAD"));
        String ref = refIn(head);
        String branch = ref != null && ref.startsWith(BRANCHES) ? ref.substring(BRANCHES.length()) : null;
        String hash = head;
        for (int i = 0; ref != null && i < MAX_INDIRECTIONS; i++) {
            hash = valueOf(ref, git, common);
            ref = refIn(hash);
        }
        return HASH.matcher(hash).matches()
                ? Optional.of(new GitCheckout(hash, branch, firstRemote(common.resolve("config"))))
                : Optional.empty();
    }

    private static String refIn(String text) {
        String ref = text.startsWith("ref:") ? text.substring(4).strip() : "";
        return REF.matcher(ref).matches() ? ref : null;
    }

    private static String valueOf(String ref, Path git, Path common) throws IOException {
        for (Path folder : List.of(git, common)) {
            Path file = folder.resolve(ref);
            if (Files.isRegularFile(file)) {
                return text(file);
            }
        }
        Path packed = common.resolve("packed-refs");
        if (Files.exists(packed)) {
            for (String line : Files.readAllLines(packed, StandardCharsets.UTF_8)) {
                if (line.endsWith(" " + ref)) {
                    return line.substring(0, line.indexOf(' '));
                }
            }
        }
        return "";
    }

    private static String firstRemote(Path config) throws IOException {
        if (!Files.exists(config)) {
            return null;
        }
        boolean remote = false;
        for (String line : Files.readAllLines(config, StandardCharsets.UTF_8)) {
            String stripped = line.strip();
            if (stripped.startsWith("[")) {
                remote = stripped.startsWith("[remote ");
            } else if (remote && stripped.matches("url\\s*=.*")) {
                String url = stripped.substring(stripped.indexOf('=') + 1).strip();
                return MlflowConfig.withoutUserInfo(url);
            }
        }
        return null;
    }

    private static String named(String what, Path file) throws IOException {
        String text = text(file);
        if (!text.startsWith(what)) {
            throw new IOException("There is no '" + what + "' in " + file);
        }
        return text.substring(what.length()).strip();
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file).strip();
    }
}
