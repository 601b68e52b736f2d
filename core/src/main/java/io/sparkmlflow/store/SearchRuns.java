package io.sparkmlflow.store;

import io.sparkmlflow.entities.ViewType;
import java.util.List;

/**
 * Which runs to find.
 *
 * @param experimentIds the experiments to look in
 * @param view whether to look among active ones, deleted ones or both
 * @param filter in MLflow's grammar, see {@link io.sparkmlflow.search.SearchGrammar#RUNS}; {@code null} for all
 * @param orderBy clauses such as {@code metrics.rmse DESC}; empty for the default order: the latest start first
 * @param maxResults how many a page may have, at most 50,000
 * @param pageToken from the page before, or {@code null} for the first page
 */
public record SearchRuns(
        List<String> experimentIds,
        ViewType view,
        String filter,
        List<String> orderBy,
        int maxResults,
        String pageToken) {
    /** How many results a page has unless the request says otherwise. */
    public static final int DEFAULT_MAX_RESULTS = 1000;

    public SearchRuns {
        experimentIds = List.copyOf(experimentIds);
        orderBy = List.copyOf(orderBy);
    }

    /** Searches all runs of some experiments that are not deleted. */
    public static SearchRuns in(String... experimentIds) {
        return new SearchRuns(List.of(experimentIds), ViewType.ACTIVE_ONLY, null, List.of(), DEFAULT_MAX_RESULTS, null);
    }

    /** Returns the same search among what a view shows. */
    public SearchRuns withView(ViewType view) {
        return new SearchRuns(experimentIds, view, filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search for what a filter lets through. */
    public SearchRuns withFilter(String filter) {
        return new SearchRuns(experimentIds, view, filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search in another order. */
    public SearchRuns withOrderBy(String... orderBy) {
        return new SearchRuns(experimentIds, view, filter, List.of(orderBy), maxResults, pageToken);
    }

    /** Returns the same search with pages of another size. */
    public SearchRuns withMaxResults(int maxResults) {
        return new SearchRuns(experimentIds, view, filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search at another page. */
    public SearchRuns withPageToken(String pageToken) {
        return new SearchRuns(experimentIds, view, filter, orderBy, maxResults, pageToken);
    }
}
