package io.sparkmlflow.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate that signs itself, made by the JDK's keytool. */
public final class TestCertificate {
    private static final String PASSWORD = "changeit";

    private final KeyStore store;
    private final String name;

    private TestCertificate(KeyStore store, String name) {
        this.store = store;
        this.name = name;
    }

    /**
     * Makes one.
     *
     * @param algorithm {@code RSA} or {@code EC}
     * @param names as keytool's extension {@code san} takes them
     */
    public static TestCertificate make(Path folder, String name, String algorithm, String names)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path file = folder.resolve(name + ".p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = List.of(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                algorithm,
                "-keysize",
                algorithm.equals("RSA") ? "2048" : "256",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + names,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("keytool failed: " + Files.readString(folder.resolve(name + ".log")));
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return new TestCertificate(store, name);
    }

    /** Returns the TLS of a server that has this certificate and trusts these clients. */
    public SSLContext serverContext(TestCertificate... clients) throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (TestCertificate client : clients) {
            trusted.setCertificateEntry(client.name, client.certificate());
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), clients.length == 0 ? null : trust.getTrustManagers(), null);
        return context;
    }

    public String certificatePem() throws GeneralSecurityException {
        return pem("CERTIFICATE", certificate().getEncoded());
    }

    /** Returns the private key in PKCS#8. */
    public String keyPem() throws GeneralSecurityException {
        return pem("PRIVATE KEY", key());
    }

    /** Returns the private key in PKCS#1 (RSA), or SEC 1 with the name of its curve (EC), as openssl wrote it long ago. */
    public String olderKeyPem() throws GeneralSecurityException {
        byte[] pkcs8 = key();
        boolean rsa = certificate().getPublicKey().getAlgorithm().equals("RSA");
        int at = contentOf(pkcs8, 0);
        at = endOf(pkcs8, at);
        int algorithm = at;
        at = endOf(pkcs8, at);
        byte[] inner = Arrays.copyOfRange(pkcs8, contentOf(pkcs8, at), endOf(pkcs8, at));
        if (rsa) {
            return pem("RSA PRIVATE KEY", inner);
        }
        int curve = endOf(pkcs8, contentOf(pkcs8, algorithm));
        byte[] name = Arrays.copyOfRange(pkcs8, curve, endOf(pkcs8, curve));
        // version and private key, without what may follow, then the curve
        int start = contentOf(inner, 0);
        byte[] head = Arrays.copyOfRange(inner, start, endOf(inner, endOf(inner, start)));
        byte[] sec1 = new byte[2 + head.length + 2 + name.length];
        sec1[0] = 0x30;
        sec1[1] = (byte) (sec1.length - 2);
        System.arraycopy(head, 0, sec1, 2, head.length);
        sec1[2 + head.length] = (byte) 0xa0;
        sec1[3 + head.length] = (byte) name.length;
        System.arraycopy(name, 0, sec1, 4 + head.length, name.length);
        return pem("EC PRIVATE KEY", sec1);
    }

    private Certificate certificate() throws GeneralSecurityException {
        return store.getCertificate(name);
    }

    private byte[] key() throws GeneralSecurityException {
        return store.getKey(name, PASSWORD.toCharArray()).getEncoded();
    }

    private static int contentOf(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int endOf(byte[] der, int at) {
        int content = contentOf(der, at);
        int length = 0;
        for (int i = content == at + 2 ? at + 1 : at + 2; i < content; i++) {
            length = length << 8 | der[i] & 0xff;
        }
        return content + length;
    }

    private static String pem(String label, byte[] der) {
        Base64.Encoder encoder = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
        return "-----BEGIN " + label + "-----\n" + encoder.encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
