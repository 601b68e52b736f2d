package io.sparkmlflow.listener;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The short hashes by which MLflow tells datasets apart. */
final class Digests {
    private static final int LENGTH = 8;

    private Digests() {}

    /** Returns the first 8 hexadecimal digits of the MD5 of some bytes, as Python's MLflow takes them. */
    static String of(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(bytes))
                    .substring(0, LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has MD5", e);
        }
    }
}
