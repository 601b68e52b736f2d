package io.sparkmlflow.listener.weave;

/** A place in Spark's ML classes that calls back. Woven code names it by {@link #name()}. */
public enum HookPoint {
    /** {@code Predictor.fit} begins: (estimator, dataset). The answer comes back with {@link #LEFT}. */
    FIT,
    /** {@code Instrumentation.instrumented} begins. The answer comes back with {@link #LEFT}. */
    INSTRUMENTED,
    /** {@code evaluate} of an evaluator begins: (evaluator, dataset). The answer comes back with {@link #LEFT}. */
    EVALUATE,
    /**
     * A stage begins to transform or to fit: (stage, the schema of what it is given, whether that is logged). The answer comes back
     * with {@link #LEFT}, with the schema of what it makes. Some stages leave this out.
     */
    SCHEMA,
    /** (stage, param, value): a stage that is being made gets a default. */
    DEFAULT,
    /** (stage, defaults): a stage gets the defaults of its params, when it is made and each time that Python uses it. */
    DEFAULTS,
    /** A call ended: (the answer when it began, its result or null, what it threw or null). */
    LEFT,
    /** (instrumentation, stage): the stage that is instrumented. */
    STAGE,
    /** (instrumentation, dataset): what it is fitted on. */
    DATASET,
    /** (instrumentation, estimator, dataset, …): both. */
    FIT_EVENT,
    /** (instrumentation, name, value): a value that the algorithm reports, its number boxed. */
    VALUE,
    /** (instrumentation, function of a message): a message for the debug log. */
    DEBUG
}
