package io.sparkmlflow.store;

import java.util.List;

/**
 * Which logged models to find.
 *
 * @param experimentIds the experiments to look in; at least one
 * @param filter in MLflow's grammar, see {@link io.sparkmlflow.search.SearchGrammar#LOGGED_MODELS}; {@code null} for all
 * @param datasets what the metrics of the filter were computed on, one of them; without a metric in the filter, models with
 *     any metric on one of them. Empty for any. A server needs name and digest
 * @param orderBy empty for the default order: the newest first
 * @param maxResults how many a page may have
 * @param pageToken from the page before, of the same search, or {@code null} for the first page
 */
public record SearchLoggedModels(
        List<String> experimentIds,
        String filter,
        List<DatasetFilter> datasets,
        List<LoggedModelOrder> orderBy,
        int maxResults,
        String pageToken) {
    /** How many results a page has unless the request says otherwise. */
    public static final int DEFAULT_MAX_RESULTS = 100;

    public SearchLoggedModels {
        experimentIds = List.copyOf(experimentIds);
        datasets = List.copyOf(datasets);
        orderBy = List.copyOf(orderBy);
    }

    /** Searches all models of some experiments that are not deleted. */
    public static SearchLoggedModels in(String... experimentIds) {
        return new SearchLoggedModels(List.of(experimentIds), null, List.of(), List.of(), DEFAULT_MAX_RESULTS, null);
    }

    /** Returns the same search for what a filter lets through. */
    public SearchLoggedModels withFilter(String filter) {
        return new SearchLoggedModels(experimentIds, filter, datasets, orderBy, maxResults, pageToken);
    }

    /** Returns the same search for metrics on some datasets. */
    public SearchLoggedModels withDatasets(DatasetFilter... datasets) {
        return new SearchLoggedModels(experimentIds, filter, List.of(datasets), orderBy, maxResults, pageToken);
    }

    /** Returns the same search in another order. */
    public SearchLoggedModels withOrderBy(LoggedModelOrder... orderBy) {
        return new SearchLoggedModels(experimentIds, filter, datasets, List.of(orderBy), maxResults, pageToken);
    }

    /** Returns the same search with pages of another size. */
    public SearchLoggedModels withMaxResults(int maxResults) {
        return new SearchLoggedModels(experimentIds, filter, datasets, orderBy, maxResults, pageToken);
    }

    /** Returns the same search at another page. */
    public SearchLoggedModels withPageToken(String pageToken) {
        return new SearchLoggedModels(experimentIds, filter, datasets, orderBy, maxResults, pageToken);
    }
}
