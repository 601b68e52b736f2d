package io.sparkmlflow.store.rest;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whom a client trusts over TLS, and as whom it presents itself, by MLflow's settings. */
final class Tls {
    private static final char[] NO_PASSWORD = new char[0];

    private Tls() {}

    /**
     * Returns the context that the settings ask for; {@code null} if they leave it to the JVM.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if a file has not what it is for, or two settings
     *     contradict each other
     */
    static SSLContext from(MlflowConfig config) {
        Path bundle = path(config, Setting.TRACKING_SERVER_CERT_PATH);
        Path client = path(config, Setting.TRACKING_CLIENT_CERT_PATH);
        boolean insecure = config.isOn(Setting.TRACKING_INSECURE_TLS);
        if (insecure && bundle != null) {
            throw MlflowException.invalidParameter("MLFLOW_TRACKING_INSECURE_TLS trusts every server and"
                    + " MLFLOW_TRACKING_SERVER_CERT_PATH only some: set one of them");
        }
        if (!insecure && bundle == null && client == null) {
            return null;
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManager[] trusted = insecure ? new TrustManager[] {new TrustEveryone()} : trusting(bundle);
            context.init(client == null ? null : presenting(client), trusted, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw MlflowException.invalidParameter("TLS cannot be set up with MLFLOW_TRACKING_SERVER_CERT_PATH '"
                    + bundle + "' and MLFLOW_TRACKING_CLIENT_CERT_PATH '" + client + "': " + e.getMessage());
        }
    }

    private static Path path(MlflowConfig config, Setting setting) {
        return config.find(setting).map(config::expandUser).orElse(null);
    }

    /** Only the bundle is trusted, as in Python: not also what the JVM trusts. {@code null} is what the JVM trusts. */
    private static TrustManager[] trusting(Path bundle) throws GeneralSecurityException {
        KeyStore authorities = null;
        if (bundle != null) {
            authorities = emptyStore();
            int number = 0;
            for (X509Certificate certificate : PemFiles.authorities(bundle)) {
                authorities.setCertificateEntry("authority-" + number++, certificate);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities);
        return factory.getTrustManagers();
    }

    private static KeyManager[] presenting(Path client) throws GeneralSecurityException {
        List<X509Certificate> chain = PemFiles.chain(client);
        PrivateKey key = PemFiles.privateKey(client, chain.get(0).getPublicKey().getAlgorithm());
        KeyStore store = emptyStore();
        store.setKeyEntry("client", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, NO_PASSWORD);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        return store;
    }

    /**
     * The extended kind, since the JDK adds its check of the host name to any other; the HTTP client has no switch for it
     * but one for the whole JVM.
     */
    private static final class TrustEveryone extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
