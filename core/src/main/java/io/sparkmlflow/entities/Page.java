package io.sparkmlflow.entities;

import java.util.List;

/**
 * One page of a listing.
 *
 * @param items the items of this page, in order
 * @param nextPageToken what to hand to the next call to get the page after this one; {@code null} on the last page
 */
public record Page<T>(List<T> items, String nextPageToken) {
    public Page {
        items = List.copyOf(items);
    }
}
