package io.sparkmlflow.udf;

import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.Tokenizer;

/**
 * The faster forms of functions of MLlib that take most of a pipeline's time. All of them are optional: without
 * {@code spark.mlflow.functions.fastForms} MLlib's own functions are called, and tests compare the two.
 */
final class FastForms {
    private FastForms() {}

    /**
     * Returns the faster form of a function of one argument.
     *
     * @param maker the stage that the function is of, and the column that it makes; may be null
     * @param own the function itself
     * @return the function, null if there is none
     */
    static FastFunction of(StageOutput maker, Object own) {
        if (maker == null) {
            return null;
        }
        Transformer stage = maker.stage();
        if (stage instanceof Tokenizer) {
            return new FastTokens(own);
        } else if (stage instanceof HashingTF hashing) {
            return FastHashing.of(hashing, own);
        }
        FastFunction linear = LinearFunctions.of(stage, maker.column());
        return linear == null ? TreeFunctions.of(stage, maker.column()) : linear;
    }
}
