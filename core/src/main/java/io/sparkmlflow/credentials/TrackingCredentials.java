package io.sparkmlflow.credentials;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Finds the credentials for an MLflow server where Python's client looks for them.
 *
 * <p>The first of: user name and password ({@code MLFLOW_TRACKING_USERNAME}, {@code MLFLOW_TRACKING_PASSWORD}, each else from
 * {@code ~/.mlflow/credentials}), {@code MLFLOW_TRACKING_TOKEN}, the user name and password in the URI, and the host's entry
 * in {@code NETRC} or {@code ~/.netrc}. In Python an entry of the netrc file takes the place of all others, because the
 * library below it does so; here what is meant for MLflow wins.
 */
public final class TrackingCredentials {
    private static final Path FILE = Path.of(".mlflow", "credentials");
    private static final List<Path> NETRC_FILES = List.of(Path.of(".netrc"), Path.of("_netrc"));

    private TrackingCredentials() {}

    /**
     * Returns the credentials for a host, {@link Credentials#NONE} if there are none.
     *
     * @param host the server's name without port
     * @param fromUri what the URI says, else {@code null}
     * @throws io.sparkmlflow.MlflowException with {@code INVALID_PARAMETER_VALUE} if a file cannot be read, or the settings
     *     name a way of authentication that is not supported
     */
    public static Credentials find(MlflowConfig config, String host, Credentials fromUri) {
        refuseWhatIsNotSupported(config);
        List<Supplier<Optional<Credentials>>> providers = List.of(
                () -> userAndPassword(config),
                () -> config.find(Setting.TRACKING_TOKEN).map(Credentials.Bearer::new),
                () -> Optional.ofNullable(fromUri),
                () -> netrc(config, host));
        return providers.stream()
                .map(Supplier::get)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(Credentials.NONE);
    }

    /** A server that was asked anonymously instead might answer, with another one's data. */
    private static void refuseWhatIsNotSupported(MlflowConfig config) {
        if (config.isOn(Setting.TRACKING_AWS_SIGV4)) {
            throw MlflowException.invalidParameter(
                    "MLFLOW_TRACKING_AWS_SIGV4 is set, but requests cannot be signed for AWS"
                            + " here: unset it and use MLFLOW_TRACKING_TOKEN or MLFLOW_TRACKING_USERNAME, or put a signing proxy in"
                            + " between");
        }
        config.find(Setting.TRACKING_AUTH).ifPresent(name -> {
            throw MlflowException.invalidParameter("MLFLOW_TRACKING_AUTH names '" + name
                    + "', a plugin of Python's client that does not exist here: unset it and use MLFLOW_TRACKING_TOKEN or"
                    + " MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD");
        });
    }

    private static Optional<Credentials> userAndPassword(MlflowConfig config) {
        Optional<String> user = config.find(Setting.TRACKING_USERNAME);
        Optional<String> password = config.find(Setting.TRACKING_PASSWORD);
        if (user.isEmpty() || password.isEmpty()) {
            Map<String, String> file = config.home()
                    .map(home -> IniFile.read(home.resolve(FILE)).section("mlflow"))
                    .orElse(Map.of());
            user = user.or(() -> Optional.ofNullable(unescaped(file, Setting.TRACKING_USERNAME)));
            password = password.or(() -> Optional.ofNullable(unescaped(file, Setting.TRACKING_PASSWORD)));
        }
        return user.isPresent() && password.isPresent()
                ? Optional.of(new Credentials.Basic(user.get(), password.get()))
                : Optional.empty();
    }

    /** Python's configparser reads {@code %%} as one percent sign. */
    private static String unescaped(Map<String, String> section, Setting setting) {
        String value = section.get(setting.environmentVariable().toLowerCase(Locale.ROOT));
        return value == null || value.isEmpty() ? null : value.replace("%%", "%");
    }

    private static Optional<Credentials> netrc(MlflowConfig config, String host) {
        Optional<String> named = config.find(Setting.NETRC);
        if (named.isPresent()) {
            return Netrc.find(config.expandUser(named.get()), host);
        }
        return config.home().stream()
                .flatMap(home -> NETRC_FILES.stream().map(home::resolve))
                .map(file -> Netrc.find(file, host).orElse(null))
                .filter(Objects::nonNull)
                .findFirst();
    }
}
