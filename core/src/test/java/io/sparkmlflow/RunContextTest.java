package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.MlflowTags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunContextTest {
    private static final String ONE = "1".repeat(40);
    private static final String TWO = "2".repeat(40);

    @TempDir
    Path folder;

    private Path git;

    @BeforeEach
    void makeCheckout() throws IOException {
        git = folder.resolve("project/.git");
        write(git.resolve("HEAD"), "ref: refs/heads/feature/x\n");
        write(git.resolve("refs/heads/feature/x"), ONE + "\n");
        write(
                git.resolve("config"),
                "[core]\n\turl = not this\n[remote \"origin\"]\n\turl = https://me:s3cret@git.example.org/a.git\n");
    }

    private static Path write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static Map<String, String> tags(Path directory, Map<String, String> environment) {
        return new RunContext(directory).tags(MlflowConfig.of(key -> null, environment));
    }

    @Test
    void theCommitIsThatOfTheCheckoutAround() throws IOException {
        Path inner = Files.createDirectories(folder.resolve("project/src/main"));
        assertThat(tags(inner, Map.of()))
                .containsEntry(MlflowTags.GIT_COMMIT, ONE)
                .containsEntry(MlflowTags.GIT_BRANCH, "feature/x")
                .containsEntry(MlflowTags.GIT_REPO_URL, "https://git.example.org/a.git")
                .containsEntry(MlflowTags.SOURCE_TYPE, "LOCAL");
    }

    @Test
    void aPackedRefIsFound() throws IOException {
        Files.delete(git.resolve("refs/heads/feature/x"));
        write(
                git.resolve("packed-refs"),
                "# pack-refs with: peeled\n" + ONE + " refs/heads/x\n" + TWO + " refs/heads/feature/x\n^" + ONE + "\n");
        assertThat(GitCheckout.around(git.getParent()))
                .hasValueSatisfying(checkout -> assertThat(checkout.commit()).isEqualTo(TWO));
    }

    @Test
    void aCommitWithoutABranchIsFound() throws IOException {
        write(git.resolve("HEAD"), TWO + "\n");
        assertThat(GitCheckout.around(git.getParent()))
                .contains(new GitCheckout(TWO, null, "https://git.example.org/a.git"));
    }

    @Test
    void aWorktreeHasItsOwnHeadAndSharesTheRest() throws IOException {
        write(git.resolve("worktrees/w/HEAD"), "ref: refs/heads/w");
        write(git.resolve("worktrees/w/commondir"), "../..\n");
        write(git.resolve("refs/heads/w"), TWO);
        Path worktree = folder.resolve("elsewhere/w");
        write(worktree.resolve(".git"), "gitdir: ../../project/.git/worktrees/w\n");
        assertThat(GitCheckout.around(worktree)).contains(new GitCheckout(TWO, "w", "https://git.example.org/a.git"));
    }

    @Test
    void whatIsNoCheckoutHasNoCommit() throws IOException {
        assertThat(GitCheckout.around(folder)).isEmpty();
        for (String head : new String[] {"ref: refs/heads/unborn", "ref: refs/../../secret", "rubbish", ""}) {
            write(git.resolve("HEAD"), head);
            assertThat(GitCheckout.around(git.getParent())).as(head).isEmpty();
        }
        Files.delete(git.resolve("HEAD"));
        assertThat(GitCheckout.around(git.getParent())).isEmpty();
        write(folder.resolve("odd/.git"), "no pointer");
        assertThat(GitCheckout.around(folder.resolve("odd"))).isEmpty();
    }

    @Test
    void theEnvironmentHasTheLastWord() {
        assertThat(tags(
                        git.getParent(),
                        Map.of("MLFLOW_RUN_CONTEXT", "{\"mlflow.source.name\": \"job 7\", \"retry\": 3}")))
                .containsEntry(MlflowTags.SOURCE_NAME, "job 7")
                .containsEntry("retry", "3")
                .containsEntry(MlflowTags.GIT_COMMIT, ONE);
        for (String bad : new String[] {"not JSON", "[1]"}) {
            assertThat(tags(git.getParent(), Map.of("MLFLOW_RUN_CONTEXT", bad)))
                    .containsOnlyKeys(
                            MlflowTags.USER,
                            MlflowTags.SOURCE_NAME,
                            MlflowTags.SOURCE_TYPE,
                            MlflowTags.GIT_COMMIT,
                            MlflowTags.GIT_BRANCH,
                            MlflowTags.GIT_REPO_URL);
        }
    }
}
