package io.sparkmlflow.store.sql;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Names for runs and models that were given none: {@code quiet-heron-417}, at most 20 characters, as MLflow's. */
final class RandomNames {
    private static final List<String> ADJECTIVES = List.of(
            "amber", "brave", "brisk", "calm", "clear", "crisp", "dapper", "early", "eager", "fair", "gentle", "glad",
            "golden", "grand", "happy", "honest", "jolly", "keen", "kind", "late", "light", "lively", "lucky", "mellow",
            "merry", "mild", "neat", "nimble", "noble", "patient", "placid", "plain", "proud", "quick", "quiet",
            "rapid", "ready", "round", "silent", "silver", "simple", "smooth", "sober", "steady", "still", "sturdy",
            "sunny", "swift", "tidy", "vivid", "warm", "wise", "witty", "young");

    private static final List<String> NOUNS = List.of(
            "badger", "beaver", "bison", "carp", "cod", "crane", "curlew", "deer", "dove", "duck", "eagle", "eel",
            "egret", "elk", "falcon", "ferret", "finch", "fox", "goat", "goose", "gull", "hare", "hawk", "heron",
            "horse", "ibis", "jay", "kite", "lark", "lynx", "mole", "moose", "moth", "newt", "otter", "owl", "perch",
            "pike", "plover", "puffin", "rabbit", "raven", "robin", "rook", "seal", "shrew", "snipe", "sparrow",
            "stork", "swan", "teal", "tern", "toad", "trout", "vole", "whale", "wolf", "wren");

    private RandomNames() {}

    static String next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return ADJECTIVES.get(random.nextInt(ADJECTIVES.size())) + "-" + NOUNS.get(random.nextInt(NOUNS.size())) + "-"
                + random.nextInt(1000);
    }
}
