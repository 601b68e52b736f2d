package io.sparkmlflow.udf;

import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ParamSpec;
import io.sparkmlflow.model.ScalarType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The params that a caller sets, against those that the model's signature has. */
final class ModelParams {
    private static final Logger LOG = LoggerFactory.getLogger(ModelParams.class);

    private ModelParams() {}

    /**
     * Returns the values as the signature's types have them. As in Python, those for a model whose signature has no params
     * are passed over with a warning; unlike there, a name that is none of the model's is an error, not a warning that nobody
     * sees.
     *
     * @param given values as {@link Literals} makes them; a text may stand for a number or a boolean, because all values of
     *     a map in SQL have one type
     * @throws ModelExpressionException if a name is not one of the model's, or a value is none of its type
     */
    static Map<String, Object> check(LoadedModel model, Map<String, ?> given) {
        List<ParamSpec> specs =
                model.runtime() == null ? List.of() : model.runtime().params();
        if (specs.isEmpty()) {
            if (!given.isEmpty()) {
                LOG.warn(
                        "The params {} are ignored: the model {} has none in its signature",
                        given.keySet(),
                        model.uri());
            }
            return Map.of();
        }
        Map<String, ParamSpec> byName = specs.stream().collect(Collectors.toMap(ParamSpec::name, spec -> spec));
        Map<String, Object> checked = new LinkedHashMap<>();
        given.forEach((name, value) -> {
            ParamSpec spec = byName.get(name);
            if (spec == null) {
                throw new ModelExpressionException(
                        "The model " + model.uri() + " has no param '" + name + "'; it has: " + described(specs));
            }
            Object fitting = value == null ? null : fit(spec, value);
            if (value != null && fitting == null) {
                throw new ModelExpressionException("The param '" + name + "' of the model " + model.uri() + " takes "
                        + typeName(spec) + ", not " + value + "; its default is " + spec.defaultJson());
            }
            checked.put(name, fitting);
        });
        return checked;
    }

    private static String described(List<ParamSpec> specs) {
        return specs.stream()
                .map(spec -> spec.name() + " (" + typeName(spec) + ", default " + spec.defaultJson() + ")")
                .collect(Collectors.joining(", "));
    }

    private static String typeName(ParamSpec spec) {
        String type = spec.type() instanceof ScalarType scalar ? scalar.wireName() : "object";
        return spec.isList() ? "a list of " + type : type;
    }

    private static Object fit(ParamSpec spec, Object value) {
        if (!spec.isList()) {
            return fit(spec.type(), value);
        }
        if (!(value instanceof Iterable<?> items)) {
            return null;
        }
        List<Object> fitting = new ArrayList<>();
        for (Object item : items) {
            Object fit = item == null ? null : fit(spec.type(), item);
            if (item != null && fit == null) {
                return null;
            }
            fitting.add(fit);
        }
        return fitting;
    }

    /** Returns a value in a type, or null if it is none of that type. */
    private static Object fit(ColumnType type, Object value) {
        if (!(type instanceof ScalarType scalar)) {
            return value instanceof Map ? value : null;
        }
        return switch (scalar) {
            case BOOLEAN -> bool(value);
            case INTEGER -> whole(value, 31);
            case LONG -> whole(value, 63);
            case FLOAT, DOUBLE -> real(value);
            case STRING, DATETIME -> value instanceof String ? value : null;
            case BINARY -> null;
        };
    }

    private static Object bool(Object value) {
        if (value instanceof String text) {
            return text.equalsIgnoreCase("true") ? Boolean.TRUE : text.equalsIgnoreCase("false") ? Boolean.FALSE : null;
        }
        return value instanceof Boolean ? value : null;
    }

    /** A whole number may come as 1.0: beside 0.5 in a map of SQL it has that type. */
    private static Object whole(Object value, int bits) {
        BigDecimal number = number(value);
        if (number == null || number.stripTrailingZeros().scale() > 0) {
            return null;
        }
        BigInteger integer = number.toBigInteger();
        return integer.bitLength() > bits ? null : integer.longValue();
    }

    private static Object real(Object value) {
        if (value instanceof Double) {
            return value;
        }
        BigDecimal number = number(value);
        return number == null ? null : number.doubleValue();
    }

    private static BigDecimal number(Object value) {
        if (value instanceof Boolean) {
            return null;
        }
        try {
            return value instanceof Number || value instanceof String
                    ? new BigDecimal(value.toString().strip())
                    : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
