package io.sparkmlflow.listener;

/** Data and what a query did with it. */
record DataUse(Context context, DataSource source) {
    /** The values of the tag {@code mlflow.data.context} that queries have. */
    enum Context {
        READ("read"),
        WRITE("write");

        private final String tag;

        Context(String tag) {
            this.tag = tag;
        }

        String tag() {
            return tag;
        }
    }

    static DataUse read(DataSource source) {
        return new DataUse(Context.READ, source);
    }

    static DataUse written(DataSource source) {
        return new DataUse(Context.WRITE, source);
    }

    boolean isRead() {
        return context == Context.READ;
    }
}
