package io.sparkmlflow.listener.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolFileTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void writeThree() throws IOException {
        file = directory.resolve("records");
        add("one", "", "three");
    }

    @Test
    void whatIsAddedIsReadInOrder() throws IOException {
        add("four");
        assertThat(texts()).containsExactly("one", "", "three", "four");
    }

    @Test
    void aTailThatIsCutOffAnywhereIsLeftOut() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = whole.length - 1; length >= whole.length - 12; length--) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(texts()).as("%d bytes", length).containsExactly("one", "");
        }
        add("after");
        assertThat(texts()).containsExactly("one", "", "after");
    }

    @Test
    void aDamagedRecordEndsWhatIsRead() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        whole[whole.length - 1] ^= 1;
        Files.write(file, whole);
        assertThat(texts()).containsExactly("one", "");
    }

    @Test
    void itsOwnerAloneReadsIt() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    private void add(String... records) throws IOException {
        try (SpoolFile spool = SpoolFile.append(file)) {
            for (String record : records) {
                spool.add(record.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private List<String> texts() throws IOException {
        return SpoolFile.read(file).stream()
                .map(record -> new String(record, StandardCharsets.UTF_8))
                .toList();
    }
}
