package io.sparkmlflow.store.rest;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import javax.net.ssl.SSLContext;

/**
 * How connections are made and what is followed on them.
 *
 * @param tls {@code null} for the JVM's own
 * @param followRedirects whether an answer may send a call elsewhere
 * @param multipartFrom the size in bytes from which a file is uploaded in parts; the largest number for never
 * @param partBytes the size of a part
 * @param workspace the server's workspace that every call is for, or {@code null}
 */
record HttpOptions(
        SSLContext tls,
        Proxies proxies,
        boolean followRedirects,
        long multipartFrom,
        long partBytes,
        String workspace) {
    static final HttpOptions DEFAULT =
            new HttpOptions(null, Proxies.NONE, true, Long.MAX_VALUE, 10L * 1024 * 1024, null);

    static HttpOptions from(MlflowConfig config) {
        return new HttpOptions(
                Tls.from(config),
                Proxies.from(config),
                config.isOn(Setting.ALLOW_HTTP_REDIRECTS),
                config.isOn(Setting.PROXY_MULTIPART_UPLOAD)
                        ? config.bytes(Setting.MULTIPART_UPLOAD_MINIMUM_FILE_SIZE)
                        : Long.MAX_VALUE,
                config.bytes(Setting.MULTIPART_UPLOAD_CHUNK_SIZE),
                config.find(Setting.WORKSPACE).map(String::trim).orElse(null));
    }

    HttpOptions withoutRedirects() {
        return new HttpOptions(tls, proxies, false, multipartFrom, partBytes, workspace);
    }
}
