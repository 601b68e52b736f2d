package io.sparkmlflow.store;

import java.util.List;

/**
 * Which registered models to find.
 *
 * @param filter in MLflow's grammar, see {@link io.sparkmlflow.search.SearchGrammar#REGISTERED_MODELS}; {@code null} for all
 * @param orderBy clauses such as {@code timestamp DESC}; empty for the default order: by name
 * @param maxResults how many a page may have, at most 1,000
 * @param pageToken from the page before, or {@code null} for the first page
 */
public record SearchRegisteredModels(String filter, List<String> orderBy, int maxResults, String pageToken) {
    /** How many results a page has unless the request says otherwise. */
    public static final int DEFAULT_MAX_RESULTS = 100;

    public SearchRegisteredModels {
        orderBy = List.copyOf(orderBy);
    }

    /** Searches all models. Prompts, which MLflow keeps in the same place, are found only if the filter asks for them. */
    public static SearchRegisteredModels all() {
        return new SearchRegisteredModels(null, List.of(), DEFAULT_MAX_RESULTS, null);
    }

    /** Returns the same search for what a filter lets through. */
    public SearchRegisteredModels withFilter(String filter) {
        return new SearchRegisteredModels(filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search in another order. */
    public SearchRegisteredModels withOrderBy(String... orderBy) {
        return new SearchRegisteredModels(filter, List.of(orderBy), maxResults, pageToken);
    }

    /** Returns the same search with pages of another size. */
    public SearchRegisteredModels withMaxResults(int maxResults) {
        return new SearchRegisteredModels(filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search at another page. */
    public SearchRegisteredModels withPageToken(String pageToken) {
        return new SearchRegisteredModels(filter, orderBy, maxResults, pageToken);
    }
}
