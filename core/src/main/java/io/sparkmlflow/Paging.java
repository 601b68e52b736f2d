package io.sparkmlflow;

import io.sparkmlflow.entities.Page;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The items of all pages of a listing, one page after the other as they are read. */
public final class Paging {
    private Paging() {}

    /**
     * Returns the items of all pages, lazily: a page is asked for when the one before is used up.
     *
     * <pre>{@code
     * SearchRuns request = SearchRuns.in("7").withFilter("metrics.loss < 1");
     * Paging.all(token -> client.searchRuns(request.withPageToken(token))).limit(5000).forEach(…);
     * }</pre>
     *
     * @param pages returns the page of a token, the first one for {@code null}; what it throws, the stream's end throws
     */
    public static <T> Stream<T> all(Function<String, Page<T>> pages) {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        new Items<>(pages), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
                false);
    }

    private static final class Items<T> implements Iterator<T> {
        private final Function<String, Page<T>> pages;
        private final Deque<T> items = new ArrayDeque<>();
        private String token;
        private boolean over;

        Items(Function<String, Page<T>> pages) {
            this.pages = pages;
        }

        @Override
        public boolean hasNext() {
            while (items.isEmpty() && !over) {
                Page<T> page = pages.apply(token);
                items.addAll(page.items());
                token = page.nextPageToken();
                over = token == null;
            }
            return !items.isEmpty();
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return items.remove();
        }
    }
}
