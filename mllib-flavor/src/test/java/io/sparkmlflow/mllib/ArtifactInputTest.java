package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ArtifactInputTest {
    private static final int SIZE = (16 << 20) + 1;

    @Test
    void leavesNoFolderBehindWhenALargeFileCannotBeFetched() throws IOException {
        Set<Path> before = folders();
        try (ArtifactInput input = new ArtifactInput(Broken::new, SIZE)) {
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(input::read).hasMessage("the connection is gone");
            }
        }

        assertNothingIsLeft(before);
    }

    @Test
    void refusesALargeFileThatCameShort() throws IOException {
        Set<Path> before = folders();
        try (ArtifactInput input = new ArtifactInput(() -> new ByteArrayInputStream(new byte[SIZE - 1]), SIZE)) {
            assertThatThrownBy(input::read)
                    .isInstanceOf(EOFException.class)
                    .hasMessage("Of " + SIZE + " bytes the server sent " + (SIZE - 1));
        }

        assertNothingIsLeft(before);
    }

    @Test
    void readsALargeFileFromAnyPlaceAndDeletesItsCopy() throws IOException {
        byte[] content = new byte[SIZE];
        content[SIZE - 1] = 42;
        Set<Path> before = folders();
        try (ArtifactInput input = new ArtifactInput(() -> new ByteArrayInputStream(content), SIZE)) {
            input.seek(SIZE - 1);

            assertThat(input.read()).isEqualTo(42);
            assertThat(input.read()).isEqualTo(-1);
        }

        assertNothingIsLeft(before);
    }

    @Test
    void leavesNoFolderBehindWhenAFileCannotBeCreated() throws IOException {
        Set<Path> before = folders();

        assertThatThrownBy(() -> new ArtifactOutput("no/such/directory", file -> {}))
                .isInstanceOf(IOException.class);

        assertNothingIsLeft(before);
    }

    /** Those of tests in another JVM come and go: what was left behind stays. */
    private static void assertNothingIsLeft(Set<Path> before) throws IOException {
        Set<Path> left = folders();
        left.removeAll(before);
        for (int attempt = 0; attempt < 100 && !left.isEmpty(); attempt++) {
            LockSupport.parkNanos(100_000_000);
            left.retainAll(folders());
        }
        assertThat(left).isEmpty();
    }

    private static Set<Path> folders() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith("spark-mlflow-"))
                    .filter(ArtifactInputTest::isOfAFile)
                    .collect(Collectors.toSet());
        }
    }

    /** Other tests' folders come and go. */
    private static boolean isOfAFile(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.noneMatch(file -> !file.getFileName().toString().equals("content"));
        } catch (IOException e) {
            return false;
        }
    }

    private static final class Broken extends InputStream {
        private int sent;

        @Override
        public int read() throws IOException {
            if (sent++ > 100) {
                throw new IOException("the connection is gone");
            }
            return 1;
        }
    }
}
