package io.sparkmlflow.search;

/** What kind of thing a field is, by the words of MLflow's messages. */
public enum FieldType {
    ATTRIBUTE("attribute"),
    METRIC("metric"),
    PARAM("parameter"),
    TAG("tag"),
    DATASET("dataset");

    private final String word;

    FieldType(String word) {
        this.word = word;
    }

    /** Returns MLflow's word for it. */
    public String word() {
        return word;
    }
}
