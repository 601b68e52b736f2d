package io.sparkmlflow.credentials;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The file {@code netrc} of FTP, curl and Python's requests: user names and passwords by host. */
final class Netrc {
    private Netrc() {}

    /** Returns the entry of a host, else the default entry, else empty: also if the file is not there. */
    static Optional<Credentials> find(Path file, String host) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return find(tokens(Files.readString(file)), host);
        } catch (IOException e) {
            throw IniFile.unreadable(file, e);
        }
    }

    private static Optional<Credentials> find(List<String> tokens, String host) {
        Credentials ofDefault = null;
        for (int i = 0; i < tokens.size(); ) {
            String word = tokens.get(i);
            boolean isDefault = word.equals("default");
            if (!isDefault && !word.equals("machine")) {
                i++;
                continue;
            }
            String machine = isDefault ? null : at(tokens, i + 1);
            i += isDefault ? 1 : 2;
            String login = null;
            String account = null;
            String password = "";
            while (i < tokens.size()
                    && List.of("login", "user", "account", "password").contains(tokens.get(i))) {
                switch (tokens.get(i)) {
                    case "password" -> password = at(tokens, i + 1);
                    case "account" -> account = at(tokens, i + 1);
                    default -> login = at(tokens, i + 1);
                }
                i += 2;
            }
            String user = login == null || login.isEmpty() ? account : login;
            Credentials entry = new Credentials.Basic(user == null ? "" : user, password);
            if (host.equalsIgnoreCase(machine)) {
                return Optional.of(entry);
            }
            ofDefault = isDefault ? entry : ofDefault;
        }
        return Optional.ofNullable(ofDefault);
    }

    private static String at(List<String> tokens, int i) {
        return i < tokens.size() ? tokens.get(i) : "";
    }

    /** Returns the words: quotes and backslashes keep blanks together, macros and comments are left out. */
    private static List<String> tokens(String text) {
        List<String> tokens = new ArrayList<>();
        boolean macro = false;
        for (String line : text.split("\\R")) {
            macro &= !line.isBlank();
            if (macro || line.strip().startsWith("#")) {
                continue;
            }
            addWords(line, tokens);
            int last = tokens.lastIndexOf("macdef");
            if (last >= 0 && last >= tokens.size() - 2) {
                tokens.subList(last, tokens.size()).clear();
                macro = true;
            }
        }
        return tokens;
    }

    private static void addWords(String line, List<String> tokens) {
        StringBuilder word = null;
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length()) {
                word = word == null ? new StringBuilder() : word;
                word.append(line.charAt(++i));
            } else if (c == '"' && (quoted || word == null)) {
                quoted = !quoted;
                word = word == null ? new StringBuilder() : word;
            } else if (Character.isWhitespace(c) && !quoted) {
                if (word != null) {
                    tokens.add(word.toString());
                }
                word = null;
            } else {
                word = word == null ? new StringBuilder() : word;
                word.append(c);
            }
        }
        if (word != null) {
            tokens.add(word.toString());
        }
    }
}
