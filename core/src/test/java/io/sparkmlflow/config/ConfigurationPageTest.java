package io.sparkmlflow.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    private static final Path PAGE = Path.of("../docs/configuration.md");

    /** Run with {@code -Dconfiguration.page.write=true} to write the page anew. */
    @Test
    void thePageHasTheTableOfAllSettings() throws IOException {
        if (Boolean.getBoolean("configuration.page.write")) {
            Files.writeString(PAGE, page());
        }
        assertThat(Files.readString(PAGE)).isEqualTo(page());
    }

    private static String page() {
        return """
                # Configuration

                A Spark conf wins over the environment variable, which wins over the default. Credentials have no Spark conf: a
                Spark conf is shown in Spark's web page and event log.

                | Spark conf | Environment variable | Default | What it is |
                |---|---|---|---|
                """
                + Arrays.stream(Setting.values())
                        .map(setting -> "| %s | %s | %s | %s |"
                                .formatted(
                                        code(setting.sparkKey()),
                                        code(setting.environmentVariable()),
                                        code(setting.defaultValue()),
                                        setting.description()))
                        .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String code(String text) {
        return text == null ? "" : "`" + text + "`";
    }
}
