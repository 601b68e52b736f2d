package io.sparkmlflow.store.rest;

import io.sparkmlflow.MlflowException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Certificates and private keys in PEM files. What is wrong with a key file is told without its content. */
final class PemFiles {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----", Pattern.DOTALL);
    private static final String CERTIFICATE = "CERTIFICATE";

    private PemFiles() {}

    private record Block(String label, String body) {
        byte[] der() {
            return Base64.getMimeDecoder().decode(body);
        }
    }

    /** Returns the certificates in a file, or in all files directly in a directory; at least one. */
    static List<X509Certificate> authorities(Path bundle) {
        List<X509Certificate> all = new ArrayList<>();
        for (Path file : files(bundle)) {
            all.addAll(certificates(file));
        }
        return required(all, bundle, "at least one certificate");
    }

    /** Returns the certificates in a file in their order, the client's own first. */
    static List<X509Certificate> chain(Path file) {
        return required(certificates(file), file, "the client's certificate");
    }

    /**
     * Returns the private key in a file: PKCS#8, or the older forms of RSA (PKCS#1) and elliptic curves (SEC 1).
     *
     * @param algorithm of the certificate's public key
     */
    static PrivateKey privateKey(Path file, String algorithm) {
        for (Block block : blocks(file)) {
            if (block.label().equals("ENCRYPTED PRIVATE KEY") || block.body().contains("ENCRYPTED")) {
                throw unusable(file, "a private key without a password; this one is encrypted");
            }
            try {
                byte[] encoded =
                        switch (block.label()) {
                            case "PRIVATE KEY" -> block.der();
                            case "RSA PRIVATE KEY" -> Pkcs8.ofRsa(block.der());
                            case "EC PRIVATE KEY" -> Pkcs8.ofEllipticCurve(block.der());
                            default -> null;
                        };
                if (encoded != null) {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
                }
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw unusable(file, "a private key that belongs to the certificate (" + algorithm + ")");
            }
        }
        throw unusable(file, "the certificate's private key");
    }

    private static List<Path> files(Path bundle) {
        if (!Files.isDirectory(bundle)) {
            return List.of(bundle);
        }
        try (Stream<Path> files = Files.list(bundle)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw unusable(bundle, "a directory that can be listed");
        }
    }

    private static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label().equals(CERTIFICATE)) {
                try {
                    CertificateFactory factory = CertificateFactory.getInstance("X.509");
                    certificates.add(
                            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
                } catch (CertificateException | IllegalArgumentException e) {
                    throw unusable(file, "X.509 certificates");
                }
            }
        }
        return certificates;
    }

    private static List<Block> blocks(Path file) {
        try {
            // A bundle may have comments in any encoding between the blocks.
            Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            List<Block> blocks = new ArrayList<>();
            while (matcher.find()) {
                blocks.add(new Block(matcher.group(1), matcher.group(2)));
            }
            return blocks;
        } catch (IOException e) {
            throw unusable(file, "a file that this user may read");
        }
    }

    private static List<X509Certificate> required(List<X509Certificate> certificates, Path file, String expected) {
        if (certificates.isEmpty()) {
            throw unusable(file, expected);
        }
        return certificates;
    }

    private static MlflowException unusable(Path file, String expected) {
        return MlflowException.invalidParameter(
                "'" + file + "' cannot be used for TLS: expected " + expected
                        + ", in PEM (-----BEGIN …). See MLFLOW_TRACKING_SERVER_CERT_PATH and MLFLOW_TRACKING_CLIENT_CERT_PATH.");
    }
}
