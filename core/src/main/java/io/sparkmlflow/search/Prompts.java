package io.sparkmlflow.search;

import java.util.List;

/** MLflow keeps the prompts of its prompt registry among the registered models; a search finds one kind or the other. */
public final class Prompts {
    /** The tag that says {@code true} at a prompt. Models do not have it, so a filter on it is a choice of the kind. */
    public static final String TAG = "mlflow.prompt.is_prompt";

    private Prompts() {}

    /** Returns whether a filter asks for prompts. */
    public static boolean areAskedFor(List<Comparison> filter) {
        return filter.stream()
                .filter(Prompts::isChoice)
                .findFirst()
                .map(comparison -> comparison.operand() instanceof Operand.Text text
                        && ((comparison.operator() == Operator.EQUAL
                                        && text.value().equalsIgnoreCase("true"))
                                || (comparison.operator() == Operator.NOT_EQUAL
                                        && text.value().equalsIgnoreCase("false"))))
                .orElse(false);
    }

    /** Returns whether a comparison says which kind to find; unless it asks for prompts, it says nothing more. */
    public static boolean isChoice(Comparison comparison) {
        return comparison.field().type() == FieldType.TAG
                && comparison.field().key().equals(TAG);
    }
}
