package io.sparkmlflow.store.rest;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The HTTP proxies of the environment: {@code http_proxy}, {@code https_proxy}, {@code all_proxy} and {@code no_proxy}. Where
 * they say nothing, the JVM's own (the system properties {@code http.proxyHost} and so on) hold.
 */
final class Proxies extends ProxySelector {
    static final Proxies NONE = new Proxies(Map.of(), List.of());

    private static final List<Proxy> DIRECT = List.of(Proxy.NO_PROXY);
    private static final int DEFAULT_PORT = 80;

    private final Map<String, HttpProxy> byScheme;
    private final List<String> direct;

    private Proxies(Map<String, HttpProxy> byScheme, List<String> direct) {
        this.byScheme = byScheme;
        this.direct = direct;
    }

    /** The text of a proxy shows no password. */
    private record HttpProxy(InetSocketAddress address, String authorization) {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    static Proxies from(MlflowConfig config) {
        Map<String, HttpProxy> byScheme = new HashMap<>();
        put(byScheme, config, "http", Setting.HTTP_PROXY);
        put(byScheme, config, "https", Setting.HTTPS_PROXY);
        String direct =
                config.find(Setting.NO_PROXY).orElse("").replace(" ", "").toLowerCase(Locale.ROOT);
        return new Proxies(
                byScheme,
                List.of(direct.split(",")).stream()
                        .filter(host -> !host.isEmpty())
                        .toList());
    }

    /** Returns the value of the header {@code Proxy-Authorization} for a call, or {@code null} if it needs none. */
    String authorization(URI uri) {
        HttpProxy proxy = find(uri);
        return proxy == null ? null : proxy.authorization();
    }

    @Override
    public List<Proxy> select(URI uri) {
        HttpProxy proxy = find(uri);
        if (proxy != null) {
            return List.of(new Proxy(Proxy.Type.HTTP, proxy.address()));
        }
        ProxySelector ofJvm = ProxySelector.getDefault();
        return isDirect(uri) || ofJvm == null ? DIRECT : ofJvm.select(uri);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // The call fails, and says so.
    }

    private HttpProxy find(URI uri) {
        return isDirect(uri) ? null : byScheme.get(uri.getScheme().toLowerCase(Locale.ROOT));
    }

    private boolean isDirect(URI uri) {
        String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
        String withPort = host + ":" + uri.getPort();
        return direct.stream().anyMatch(rule -> matches(rule, host) || matches(rule, withPort));
    }

    private static boolean matches(String rule, String host) {
        if (rule.equals("*")) {
            return true;
        }
        int slash = rule.indexOf('/');
        if (slash > 0) {
            Integer network = ipv4(rule.substring(0, slash));
            Integer address = ipv4(host);
            String bits = rule.substring(slash + 1);
            if (network == null || address == null || !bits.matches("[0-9]|[12][0-9]|3[0-2]")) {
                return false;
            }
            int mask = (int) (0xffffffffL << (Integer.SIZE - Integer.parseInt(bits)));
            return (network & mask) == (address & mask);
        }
        String name = rule.replaceFirst("^\\.+", "");
        boolean isAddress = ipv4(host) != null;
        return host.equals(name) || (!isAddress && host.endsWith("." + name));
    }

    private static Integer ipv4(String text) {
        if (!text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return null;
        }
        int address = 0;
        for (String part : text.split("\\.")) {
            address = address << 8 | (Integer.parseInt(part) & 0xff);
        }
        return address;
    }

    private static void put(Map<String, HttpProxy> byScheme, MlflowConfig config, String scheme, Setting setting) {
        config.find(setting)
                .or(() -> config.find(Setting.ALL_PROXY))
                .ifPresent(uri -> byScheme.put(scheme, parse(uri.trim(), setting)));
    }

    private static HttpProxy parse(String text, Setting setting) {
        try {
            URI uri = new URI(text.contains("://") ? text : "http://" + text);
            if ("http".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null) {
                int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
                return new HttpProxy(
                        InetSocketAddress.createUnresolved(uri.getHost(), port), authorization(uri.getRawUserInfo()));
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // falls through to the sentence that shows what is expected; the cause would repeat the password
        }
        throw MlflowException.invalidParameter("'" + ServerAddress.withoutCredentials(text) + "' is not a proxy that "
                + setting.environmentVariable() + " or all_proxy can name: expected http://host:port");
    }

    private static String authorization(String userInfo) {
        if (userInfo == null) {
            return null;
        }
        String[] parts = URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8)
                .split(":", 2);
        return Authorization.basic(parts[0], parts.length < 2 ? "" : parts[1]);
    }
}
