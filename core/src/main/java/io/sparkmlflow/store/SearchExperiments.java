package io.sparkmlflow.store;

import io.sparkmlflow.entities.ViewType;
import java.util.List;

/**
 * Which experiments to find.
 *
 * @param view whether to look among active ones, deleted ones or both
 * @param filter in MLflow's grammar, see {@link io.sparkmlflow.search.SearchGrammar#EXPERIMENTS}; {@code null} for all
 * @param orderBy clauses such as {@code name ASC}; empty for the default order: the newest first
 * @param maxResults how many a page may have, at most 50,000
 * @param pageToken from the page before, or {@code null} for the first page
 */
public record SearchExperiments(ViewType view, String filter, List<String> orderBy, int maxResults, String pageToken) {
    /** How many results a page has unless the request says otherwise. */
    public static final int DEFAULT_MAX_RESULTS = 1000;

    public SearchExperiments {
        orderBy = List.copyOf(orderBy);
    }

    /** Searches all that are not deleted. */
    public static SearchExperiments active() {
        return new SearchExperiments(ViewType.ACTIVE_ONLY, null, List.of(), DEFAULT_MAX_RESULTS, null);
    }

    /** Returns the same search among what a view shows. */
    public SearchExperiments withView(ViewType view) {
        return new SearchExperiments(view, filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search for what a filter lets through. */
    public SearchExperiments withFilter(String filter) {
        return new SearchExperiments(view, filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search in another order. */
    public SearchExperiments withOrderBy(String... orderBy) {
        return new SearchExperiments(view, filter, List.of(orderBy), maxResults, pageToken);
    }

    /** Returns the same search with pages of another size. */
    public SearchExperiments withMaxResults(int maxResults) {
        return new SearchExperiments(view, filter, orderBy, maxResults, pageToken);
    }

    /** Returns the same search at another page. */
    public SearchExperiments withPageToken(String pageToken) {
        return new SearchExperiments(view, filter, orderBy, maxResults, pageToken);
    }
}
