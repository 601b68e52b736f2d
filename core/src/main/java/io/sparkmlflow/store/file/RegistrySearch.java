package io.sparkmlflow.store.file;

import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.Prompts;
import io.sparkmlflow.search.SearchGrammar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Which registered models or versions a search finds, and in which order. */
record RegistrySearch(List<Comparison> filter, List<OrderBy> keys) {
    private static final String VERSION = "version_number";
    private static final String UPDATED = "last_updated_timestamp";
    private static final List<String> VERSIONS_DEFAULT_ORDER =
            List.of("last_updated_timestamp DESC", "name ASC", "version_number DESC");

    static RegistrySearch ofModels(String filter, List<String> orderBy) {
        return new RegistrySearch(
                SearchGrammar.REGISTERED_MODELS.parseFilter(filter),
                SearchGrammar.REGISTERED_MODELS.parseOrderBys(orderBy));
    }

    static RegistrySearch ofVersions(String filter, List<String> orderBy) {
        return new RegistrySearch(
                SearchGrammar.MODEL_VERSIONS.parseFilter(filter),
                SearchGrammar.MODEL_VERSIONS.parseOrderBys(orderBy.isEmpty() ? VERSIONS_DEFAULT_ORDER : orderBy));
    }

    boolean finds(RegisteredModel model) {
        return isOfTheKind(model.tags())
                && filter.stream()
                        .allMatch(comparison -> comparison.field().type() == FieldType.TAG
                                ? tag(model.tags(), comparison)
                                : Matching.text(model.name(), comparison));
    }

    boolean finds(ModelVersion version, Map<String, String> modelTags) {
        return isOfTheKind(modelTags) && filter.stream().allMatch(comparison -> matches(version, comparison));
    }

    /** A prompt, if the filter asks for prompts; else it is enough that it is none. */
    private boolean isOfTheKind(Map<String, String> modelTags) {
        return Prompts.areAskedFor(filter) || !"true".equals(modelTags.get(Prompts.TAG));
    }

    private boolean matches(ModelVersion version, Comparison comparison) {
        if (comparison.field().type() == FieldType.TAG) {
            return tag(version.tags(), comparison);
        }
        return switch (comparison.field().key()) {
            case VERSION -> Matching.number((long) version.version(), comparison);
            case "run_id" -> Matching.text(version.runId(), comparison);
            case "source_path" -> Matching.text(version.source(), comparison);
            default -> Matching.text(version.name(), comparison);
        };
    }

    private boolean tag(Map<String, String> tags, Comparison comparison) {
        return (Prompts.isChoice(comparison) && !Prompts.areAskedFor(filter)) || Matching.key(tags, comparison);
    }

    Comparator<RegisteredModel> modelOrder() {
        List<Comparator<RegisteredModel>> order = new ArrayList<>();
        for (OrderBy by : keys) {
            order.add(
                    by.field().key().equals(UPDATED)
                            ? Sorting.numbers(RegisteredModel::lastUpdatedTimestamp, by.ascending())
                            : Sorting.texts(RegisteredModel::name, by.ascending()));
        }
        order.add(Sorting.texts(RegisteredModel::name, true));
        return Sorting.all(order);
    }

    Comparator<ModelVersion> versionOrder() {
        List<Comparator<ModelVersion>> order = new ArrayList<>();
        for (OrderBy by : keys) {
            order.add(
                    switch (by.field().key()) {
                        case VERSION -> Sorting.numbers(version -> (long) version.version(), by.ascending());
                        case UPDATED -> Sorting.numbers(ModelVersion::lastUpdatedTimestamp, by.ascending());
                        case "creation_timestamp" -> Sorting.numbers(ModelVersion::creationTimestamp, by.ascending());
                        default -> Sorting.texts(ModelVersion::name, by.ascending());
                    });
        }
        order.add(Sorting.texts(ModelVersion::name, true));
        order.add(Sorting.numbers(version -> (long) version.version(), false));
        return Sorting.all(order);
    }
}
