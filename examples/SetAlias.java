import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.ModelVersion;

/**
 * Points an alias of a registered model at its latest version.
 *
 * <p>Arguments: the tracking URI, the registered model's name, the alias.
 */
public final class SetAlias {
    private SetAlias() {}

    public static void main(String[] args) {
        String name = args[1];
        String alias = args[2];
        try (MlflowClient client = new MlflowClient(args[0])) {
            ModelVersion latest = client.registry()
                    .findLatestVersion(name)
                    .orElseThrow(() -> new IllegalArgumentException("The model '" + name + "' has no version"));
            client.registry().setAlias(name, alias, latest.version());
            System.out.printf("%s@%s is now version %d%n", name, alias, latest.version());
        }
    }
}
