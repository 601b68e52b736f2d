package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Sends the params of a logged model, as many in a request as MLflow takes.
 *
 * <p>A server refuses a whole request if it has one of the params already, even with the same value. So after a refusal it is
 * asked what it has, and the rest is sent again: a call that is repeated, here or by its caller, ends as if it had been made once.
 */
final class LoggedModelParams {
    /** More in one request some servers refuse. */
    static final int PER_REQUEST = 100;

    private final RestClient client;
    private final String path;
    private final String modelId;
    private final Supplier<Map<String, String>> stored;

    /**
     * Makes one; it sends nothing yet.
     *
     * @param stored asks the server for the model's params
     */
    LoggedModelParams(RestClient client, String path, String modelId, Supplier<Map<String, String>> stored) {
        this.client = client;
        this.path = path;
        this.modelId = modelId;
        this.stored = stored;
    }

    void log(List<Param> params) {
        for (int start = 0; start < params.size(); start += PER_REQUEST) {
            logTogether(params.subList(start, Math.min(start + PER_REQUEST, params.size())));
        }
    }

    private void logTogether(List<Param> params) {
        try {
            send(params);
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (MlflowException e) {
            if (e.errorCode() == ErrorCode.RESOURCE_DOES_NOT_EXIST) {
                throw e;
            }
            List<Param> missing = missing(params);
            if (missing.size() == params.size()) {
                throw e;
            }
            if (!missing.isEmpty()) {
                send(missing);
            }
        }
    }

    private void send(List<Param> params) {
        ObjectNode body = Json.object().put("model_id", modelId);
        KeyValueJson.putParams(body, params);
        client.send("POST", path, body, Repeat.ALWAYS);
    }

    private List<Param> missing(List<Param> params) {
        Map<String, String> known = stored.get();
        List<Param> missing = new ArrayList<>();
        for (Param param : params) {
            String old = known.get(param.key());
            if (old == null) {
                missing.add(param);
            } else if (!old.equals(param.value())) {
                throw MlflowException.invalidParameter("Changing param values is not allowed. Param with key='"
                        + param.key() + "' was already logged with value='" + old + "' for model ID='" + modelId
                        + "'. Attempted logging new value '" + param.value() + "'.");
            }
        }
        return missing;
    }
}
