package io.sparkmlflow.listener.delivery;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** One call to a tracking store that was not answered, as it lies in a spool: a JSON object. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
    @JsonSubTypes.Type(value = SpoolOp.Origin.class, name = "origin"),
    @JsonSubTypes.Type(value = SpoolOp.RunCreated.class, name = "create-run"),
    @JsonSubTypes.Type(value = SpoolOp.Logged.class, name = "log"),
    @JsonSubTypes.Type(value = SpoolOp.RunUpdated.class, name = "update-run"),
    @JsonSubTypes.Type(value = SpoolOp.InputsLogged.class, name = "log-inputs"),
    @JsonSubTypes.Type(value = SpoolOp.FileUploaded.class, name = "upload"),
    @JsonSubTypes.Type(value = SpoolOp.ModelLogged.class, name = "log-model")
})
sealed interface SpoolOp {
    ObjectMapper JSON = new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    /** The first of a spool: where it was to go, without credentials. */
    record Origin(int format, String trackingUri) implements SpoolOp {}

    /** @param localId what later ones call the run; {@code request} may name its experiment as {@link SpoolStore#named} does */
    record RunCreated(String localId, CreateRun request) implements SpoolOp {}

    /** @param yields whether the run's owner may have set some of it already, which then stays */
    record Logged(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags, boolean yields)
            implements SpoolOp {}

    record RunUpdated(String runId, RunStatus status, Long endTime, String runName) implements SpoolOp {}

    record InputsLogged(String runId, List<DatasetInput> datasets) implements SpoolOp {}

    /** @param artifactUri may be one of ours, see {@link SpoolStore#runOf}; {@code file} is below the spool's folder */
    record FileUploaded(String artifactUri, String directory, String file) implements SpoolOp {}

    /** @param folder below the spool's folder */
    record ModelLogged(String runId, String path, String folder, String registeredName) implements SpoolOp {}

    default byte[] toBytes() {
        try {
            return JSON.writerFor(SpoolOp.class).writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SpoolOp of(byte[] bytes) {
        try {
            return JSON.readValue(bytes, SpoolOp.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
