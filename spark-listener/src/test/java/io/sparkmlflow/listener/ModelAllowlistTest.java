package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.Bucketizer;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelAllowlistTest {
    private static final String TEXT = """
            # the models of our team

              pyspark.ml.pipeline.PipelineModel
            pyspark.ml.feature.String*
            """;

    private final Configuration hadoop = new Configuration();
    private final StringIndexerModel indexer = new StringIndexerModel("indexer", new String[] {"a", "b"});

    @TempDir
    Path directory;

    @Test
    void namesArePySparksAndAStarEndsThem() {
        ModelAllowlist list = ModelAllowlist.parse(TEXT);

        assertThat(list.names()).containsExactly("pyspark.ml.pipeline.PipelineModel", "pyspark.ml.feature.String*");
        assertThat(list.test(indexer)).isTrue();
        assertThat(list.test(new Bucketizer())).isFalse();
    }

    @Test
    void aPipelineIsAllowedIfItsModelsAreWhateverElseIsInIt() {
        Transformer[] stages = {new Bucketizer(), indexer, new Bucketizer()};
        PipelineModel pipeline = new PipelineModel("pipeline", stages);

        assertThat(ModelAllowlist.parse(TEXT).test(pipeline)).isTrue();
        assertThat(ModelAllowlist.parse("pyspark.ml.pipeline.PipelineModel").test(pipeline))
                .isFalse();
        assertThat(ModelAllowlist.parse("pyspark.ml.feature.*").test(pipeline)).isFalse();
    }

    @Test
    void isReadFromTheDisk() throws IOException {
        Path file = Files.writeString(directory.resolve("list of names"), TEXT);

        assertThat(ModelAllowlist.read(file.toString(), hadoop).names()).hasSize(2);
        assertThat(ModelAllowlist.read(file.toUri().toString(), hadoop).names()).hasSize(2);
        assertThatThrownBy(
                        () -> ModelAllowlist.read(directory.resolve("missing").toString(), hadoop))
                .isInstanceOf(IOException.class);
    }

    @Test
    void isReadFromAServerWithAPassword() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<String> asked = new ArrayList<>();
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = TEXT.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String place = "http://me:secret@127.0.0.1:" + server.getAddress().getPort() + "/lists/ours";

            assertThat(ModelAllowlist.read(place, hadoop).names()).hasSize(2);
            assertThat(asked).containsExactly("/lists/ours Basic bWU6c2VjcmV0");
        } finally {
            server.stop(0);
        }
    }
}
