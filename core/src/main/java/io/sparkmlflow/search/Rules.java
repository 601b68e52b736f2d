package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What one kind of entity can be searched by, and the words that refuse the rest. */
abstract class Rules {
    static final Set<Operator> NUMERIC = Set.of(
            Operator.EQUAL,
            Operator.NOT_EQUAL,
            Operator.LESS,
            Operator.LESS_OR_EQUAL,
            Operator.GREATER,
            Operator.GREATER_OR_EQUAL);
    static final Set<Operator> TEXT = Set.of(Operator.EQUAL, Operator.NOT_EQUAL, Operator.LIKE, Operator.ILIKE);
    static final Set<Operator> TEXT_OR_LIST =
            Set.of(Operator.EQUAL, Operator.NOT_EQUAL, Operator.LIKE, Operator.ILIKE, Operator.IN, Operator.NOT_IN);

    /** Returns the field that a name in a filter stands for. */
    abstract Field field(String name);

    /** Returns the field that a name in an order clause stands for. */
    abstract Field orderField(String name);

    /** Returns what the field is compared with. */
    abstract Operand operand(Field field, Clause clause);

    abstract Set<Operator> operators(Field field);

    MlflowException invalidOperator(Field field, String operator) {
        return MlflowException.invalidParameter(
                "Invalid comparator '" + operator + "' not one of '" + symbols(operators(field)) + "'");
    }

    /** Refuses a check for null unless the field may be missing. */
    void checkNullCheck(Field field) {
        throw MlflowException.invalidParameter(
                "IS NULL / IS NOT NULL is not supported for " + field.type().word() + " '" + field.key() + "'");
    }

    MlflowException invalidClauses(String filter, List<String> clauses) {
        return MlflowException.invalidParameter("Invalid clause(s) in filter string: " + String.join(", ", clauses));
    }

    MlflowException blank(String filter) {
        return MlflowException.invalidParameter("Invalid filter '" + filter + "'. Could not be parsed.");
    }

    MlflowException several(String filter) {
        return MlflowException.invalidParameter(
                "Search filter contained multiple expression " + quoted(filter) + ". Provide AND-ed expression list.");
    }

    // ---- names ----

    /** Returns the part of a name before the first dot; {@code null} if there is none. Dots in quotes count too. */
    static String prefix(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? null : withoutBackticks(name.substring(0, dot));
    }

    /** Returns the rest of a name, without its quotes. */
    static String key(String name) {
        String key = name.substring(name.indexOf('.') + 1);
        return withoutBackticks(Token.quotedBy(key, '"') ? key.substring(1, key.length() - 1) : key);
    }

    private static String withoutBackticks(String name) {
        return Token.quotedBy(name, '`') ? name.substring(1, name.length() - 1) : name;
    }

    static MlflowException unknownAttribute(String key, Collection<String> valid) {
        return MlflowException.invalidParameter(
                "Invalid attribute key '" + key + "' specified. Valid keys are '" + set(valid) + "'");
    }

    // ---- values ----

    static Operand text(Field field, Clause clause) {
        Token right = clause.right();
        if (right != null && right.isQuoted()) {
            return new Operand.Text(right.unquoted());
        }
        if (right != null && right.is(Token.Kind.NAME)) {
            throw MlflowException.invalidParameter(
                    "Parameter value is either not quoted or unidentified quote types used for string value "
                            + right.text() + ". Use either single or double quotes.");
        }
        throw MlflowException.invalidParameter("Expected a quoted string value for "
                + field.type().word() + " (e.g. 'my-value'). Got value " + clause.rightText());
    }

    static Operand metricValue(Clause clause) {
        if (clause.right() == null || !clause.right().isNumber()) {
            throw MlflowException.invalidParameter(
                    "Expected numeric value type for metric. Found " + clause.rightText());
        }
        return new Operand.Real(Double.parseDouble(clause.right().text()));
    }

    static Operand number(Field field, Clause clause) {
        if (clause.right() == null || !clause.right().isNumber()) {
            throw MlflowException.invalidParameter("Expected numeric value type for numeric attribute: " + field.key()
                    + ". Found " + clause.rightText());
        }
        return clause.right().is(Token.Kind.REAL)
                ? new Operand.Real(Double.parseDouble(clause.right().text()))
                : new Operand.Whole(whole(field, clause.right().text()));
    }

    /** Reads a whole number. */
    static long whole(Field field, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw MlflowException.invalidParameter(
                    "Invalid value for numeric attribute '" + field.key() + "': " + quoted(text));
        }
    }

    /** Reads a list of texts for an attribute that may have one. */
    static Operand list(Field field, Clause clause, List<String> supported) {
        if (!supported.contains(field.key())) {
            throw MlflowException.invalidParameter("Only [" + quotedList(supported)
                    + "] attributes support comparison with a list of quoted string values.");
        }
        return texts(clause);
    }

    static Operand texts(Clause clause) {
        if (clause.list().isEmpty()) {
            throw MlflowException.invalidParameter("While parsing a list in the query, expected a non-empty list of"
                    + " string values, but got empty list");
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < clause.list().size(); i++) {
            Token token = clause.list().get(i);
            if (i % 2 == 1 && token.is(Token.Kind.COMMA)) {
                continue;
            }
            if (i % 2 == 0 && token.isNumber()) {
                throw MlflowException.invalidParameter("While parsing a list in the query, expected string value,"
                        + " punctuation, or whitespace, but got different type in list: " + clause.rightText());
            }
            if (i % 2 == 1 || !token.isQuoted()) {
                throw MlflowException.invalidParameter("While parsing a list in the query, expected a non-empty list"
                        + " of string values, but got ill-formed list.");
            }
            texts.add(token.unquoted());
        }
        return new Operand.Texts(texts);
    }

    // ---- words ----

    /** Shows a text as Python does. */
    static String quoted(String text) {
        String quote = text.contains("'") && !text.contains("\"") ? "\"" : "'";
        return quote + text + quote;
    }

    static String quotedList(Collection<String> texts) {
        return String.join(
                ", ", new TreeSet<>(texts).stream().map(Rules::quoted).toList());
    }

    static String set(Collection<String> texts) {
        return "{" + quotedList(texts) + "}";
    }

    static String symbols(Set<Operator> operators) {
        return set(operators.stream().map(Operator::symbol).toList());
    }
}
