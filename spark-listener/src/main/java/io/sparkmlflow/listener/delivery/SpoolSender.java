package io.sparkmlflow.listener.delivery;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The command that sends spools: what {@code io.sparkmlflow.Replay} does. */
public final class SpoolSender {
    private final MlflowConfig config;
    private final PrintStream out;

    /**
     * @param config names the store, if it is not to be the one that a spool was made for, and has the credentials
     * @param out gets a line for each spool
     */
    public SpoolSender(MlflowConfig config, PrintStream out) {
        this.config = config;
        this.out = out;
    }

    /**
     * Sends the spools in or below some folders, by default those of this user.
     *
     * @return the exit code: 0 if all was sent, 1 if something was refused or cannot be read, 2 if a store does not answer
     */
    public int send(List<Path> folders) {
        List<Path> where =
                folders.isEmpty() ? SpoolFolders.root(config).stream().toList() : folders;
        int code = 0;
        boolean found = false;
        for (Path folder : where) {
            if (!folders.isEmpty() && !Files.isDirectory(folder)) {
                out.println("'" + folder + "' is not a folder: expected a spool, or a folder with spools in it");
                code = Math.max(code, 1);
                continue;
            }
            try {
                for (Path spool : SpoolFolders.spoolsIn(folder)) {
                    found = true;
                    code = Math.max(code, sendOne(spool));
                }
            } catch (IOException | UncheckedIOException e) {
                out.println("Cannot read " + folder + ": " + e);
                code = Math.max(code, 1);
            }
        }
        if (!found && code == 0) {
            out.println("Nothing to send in " + where);
        }
        return code;
    }

    private int sendOne(Path spool) throws IOException {
        String origin = Replayer.originOf(spool);
        if (origin == null) {
            out.println(spool + ": holds no whole record, so there is nothing to send; it may be deleted");
            return 1;
        }
        MlflowConfig target =
                config.find(Setting.TRACKING_URI).isPresent() ? config : config.with(Setting.TRACKING_URI, origin);
        String uri = MlflowClient.trackingUri(target);
        try (MlflowClient client = MlflowClient.open(target)) {
            Replayer.Result result = new Replayer(spool, client).replay();
            result.refused().forEach(refusal -> out.println(spool + ": refused by " + uri + ": " + refusal));
            out.println(spool + ": " + (result.sent() - result.refused().size()) + " calls sent to " + uri
                    + (result.refused().isEmpty()
                            ? ""
                            : ", " + result.refused().size() + " refused; the files are kept"));
            return result.refused().isEmpty() ? 0 : 1;
        } catch (MlflowException e) {
            out.println(spool + ": not, or not fully, sent to " + uri + ", may be sent again: " + e.getMessage());
            return 2;
        }
    }
}
