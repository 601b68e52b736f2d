package io.sparkmlflow.udf;

/** A model can't be used as a function in the way that was asked for; the message is one sentence for the user. */
public class ModelExpressionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** Makes one for a sentence. */
    public ModelExpressionException(String message) {
        super(message);
    }

    ModelExpressionException(String message, Throwable cause) {
        super(message, cause);
    }
}
