package io.sparkmlflow.listener;

/** Tells the places of data that are servers from those that are file systems. */
final class PlaceUris {
    static final String KAFKA = "kafka://";
    private static final String JDBC = "jdbc:";

    private PlaceUris() {}

    /** Returns whether a place is a database or a broker, so that no file system has it. */
    static boolean isServer(String place) {
        return place.startsWith(JDBC) || place.startsWith(KAFKA);
    }
}
