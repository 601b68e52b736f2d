package io.sparkmlflow.store;

import java.util.List;

/**
 * Which versions of registered models to find.
 *
 * @param filter in MLflow's grammar, see {@link io.sparkmlflow.search.SearchGrammar#MODEL_VERSIONS}; {@code null} for all
 * @param orderBy clauses such as {@code version_number DESC}; empty for the default order: the last updated first
 * @param maxResults how many a page may have, at most 200,000
 * @param pageToken from the page before, or {@code null} for the first page
 */
public record SearchModelVersions(String filter, List<String> orderBy, int maxResults, String pageToken) {
    /** How many results a page has unless the request says otherwise. */
    public static final int DEFAULT_MAX_RESULTS = 10_000;

    public SearchModelVersions {
        orderBy = List.copyOf(orderBy);
    }

    /** Searches all versions. Those of prompts are found only if the filter asks for them. */
    public static SearchModelVersions all() {
        return new SearchModelVersions(null, List.of(), DEFAULT_MAX_RESULTS, null);
    }

    /** Returns the same search for what a filter lets through. */
    public SearchModelVersions withFilter(String filter) {
        return new SearchModelVersions(filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search in another order. */
    public SearchModelVersions withOrderBy(String... orderBy) {
        return new SearchModelVersions(filter, List.of(orderBy), maxResults, pageToken);
    }

    /** Returns the same search with pages of another size. */
    public SearchModelVersions withMaxResults(int maxResults) {
        return new SearchModelVersions(filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search at another page. */
    public SearchModelVersions withPageToken(String pageToken) {
        return new SearchModelVersions(filter, orderBy, maxResults, pageToken);
    }
}
