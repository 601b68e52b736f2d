package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads filters and order clauses for one kind of entity.
 *
 * <p>A filter is a list of comparisons joined by {@code AND}; there is no {@code OR} and no nesting. Keywords may be written
 * in any case. A key with other characters than letters, digits, {@code _} and {@code .} stands in backticks or double
 * quotes, a text in single or double quotes. Refuses with {@code INVALID_PARAMETER_VALUE} and, as far as it goes, MLflow's
 * words; never throws anything but {@link MlflowException}.
 */
public final class SearchGrammar {
    /** Metrics, params, tags, attributes and datasets of runs. */
    public static final SearchGrammar RUNS = new SearchGrammar(new RunRules());

    /** Attributes and tags of experiments. */
    public static final SearchGrammar EXPERIMENTS = new SearchGrammar(new ExperimentRules());

    /** Name and tags of registered models. */
    public static final SearchGrammar REGISTERED_MODELS = new SearchGrammar(new RegisteredModelRules());

    /** Attributes and tags of versions of registered models. */
    public static final SearchGrammar MODEL_VERSIONS = new SearchGrammar(new ModelVersionRules());

    /** Attributes, metrics, params and tags of logged models. */
    public static final SearchGrammar LOGGED_MODELS = new SearchGrammar(new LoggedModelRules());

    /** How long a filter may be, in characters: room for some ten thousand ids in an {@code IN (…)}. */
    static final int MAX_LENGTH = 500_000;

    /** How many comparisons a filter may have; a database takes only so many conditions. */
    static final int MAX_COMPARISONS = 200;

    /** How many values the lists of a filter may have, all together. */
    static final int MAX_LIST_VALUES = 10_000;

    private static final int MAX_SHOWN_CLAUSES = 20;

    private final Rules rules;

    private SearchGrammar(Rules rules) {
        this.rules = rules;
    }

    /**
     * Reads a filter.
     *
     * @param filter {@code null} or empty for everything
     * @return the conditions, which must all hold
     */
    public List<Comparison> parseFilter(String filter) {
        if (filter == null || filter.isEmpty()) {
            return List.of();
        }
        limit("characters", filter.length(), MAX_LENGTH);
        List<Token> tokens = Tokenizer.tokens(filter);
        if (tokens.isEmpty()) {
            throw rules.blank(shown(filter));
        }
        for (int i = 0; i < tokens.size() - 1; i++) {
            if (tokens.get(i).is(Token.Kind.SEMICOLON)) {
                throw rules.several(shown(filter));
            }
        }
        ClauseReader.Clauses read = ClauseReader.read(tokens);
        if (!read.invalid().isEmpty()) {
            List<String> shown = read.invalid().stream()
                    .limit(MAX_SHOWN_CLAUSES)
                    .map(SearchGrammar::shown)
                    .toList();
            throw rules.invalidClauses(shown(filter), shown);
        }
        limit("comparisons", read.clauses().size(), MAX_COMPARISONS);
        List<Comparison> comparisons = new ArrayList<>();
        int listed = 0;
        for (Clause clause : read.clauses()) {
            Comparison comparison = comparison(clause);
            if (comparison.operand() instanceof Operand.Texts texts) {
                listed += texts.values().size();
            }
            comparisons.add(comparison);
        }
        limit("values in lists", listed, MAX_LIST_VALUES);
        return List.copyOf(comparisons);
    }

    private static void limit(String what, int size, int limit) {
        if (size > limit) {
            throw MlflowException.invalidParameter("The filter has " + size + " " + what + ", but at most " + limit
                    + " are supported; split the search");
        }
    }

    private Comparison comparison(Clause clause) {
        if (!clause.left().is(Token.Kind.NAME)) {
            String hint =
                    clause.left().is(Token.Kind.EXPRESSION) ? "; put a key with special characters in backticks" : "";
            throw MlflowException.invalidParameter("Invalid comparison clause. Expected 'Identifier' found '"
                    + clause.left().text() + "'" + hint);
        }
        Field field = rules.field(clause.left().text());
        Operator operator = Operator.of(clause.operator()).orElse(null);
        if (operator != null && operator.isNullCheck()) {
            rules.checkNullCheck(field);
            return new Comparison(field, operator, null);
        }
        Operand operand = rules.operand(field, clause);
        if (operator == null || !rules.operators(field).contains(operator)) {
            throw rules.invalidOperator(field, clause.operator());
        }
        boolean isList = operator == Operator.IN || operator == Operator.NOT_IN;
        if (isList != operand instanceof Operand.Texts) {
            throw MlflowException.invalidParameter(
                    "Expected " + (isList ? "a list of quoted string values" : "one value") + " after '"
                            + operator.symbol() + "'. Got value " + clause.rightText());
        }
        return new Comparison(field, operator, operand);
    }

    /**
     * Reads an order clause: a field, and {@code ASC} (the default) or {@code DESC}.
     *
     * @param clause for example {@code metrics.rmse DESC}
     */
    public OrderBy parseOrderBy(String clause) {
        List<Token> tokens = clause == null || clause.length() > MAX_LENGTH ? List.of() : Tokenizer.tokens(clause);
        if (tokens.isEmpty() || tokens.size() > 2 || !tokens.get(0).is(Token.Kind.NAME)) {
            throw MlflowException.invalidParameter(
                    "Invalid order_by clause '" + shown(clause) + "'. Could not be parsed.");
        }
        boolean descending = tokens.size() == 2 && tokens.get(1).isKeyword("DESC");
        if (tokens.size() == 2 && !descending && !tokens.get(1).isKeyword("ASC")) {
            throw MlflowException.invalidParameter("Invalid ordering key in order_by clause '" + shown(clause) + "'.");
        }
        return new OrderBy(rules.orderField(tokens.get(0).text()), !descending);
    }

    /**
     * Reads order clauses.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} also if two are about the same field
     */
    public List<OrderBy> parseOrderBys(List<String> clauses) {
        List<OrderBy> order = new ArrayList<>();
        Set<Field> seen = new HashSet<>();
        for (String clause : clauses) {
            OrderBy key = parseOrderBy(clause);
            if (!seen.add(key.field())) {
                throw MlflowException.invalidParameter("`order_by` contains duplicate fields: " + clauses);
            }
            order.add(key);
        }
        return order;
    }

    /**
     * Checks the name of a field to order by where name and direction come apart, as for logged models.
     *
     * @param name with its prefix, for example {@code metrics.rmse}; the key needs no quotes
     */
    public OrderBy orderBy(String name, boolean ascending) {
        return new OrderBy(rules.orderField(name), ascending);
    }

    private static String shown(String text) {
        return text == null || text.length() <= 1000 ? String.valueOf(text) : text.substring(0, 1000) + "...";
    }
}
