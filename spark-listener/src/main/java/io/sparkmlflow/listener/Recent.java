package io.sparkmlflow.listener;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets what was not used for longest, so that an application that runs for weeks does not fill the driver. */
final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;
    private static final float LOAD_FACTOR = 0.75f;

    private final int capacity;

    Recent(int capacity) {
        super(16, LOAD_FACTOR, true);
        this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > capacity;
    }
}
