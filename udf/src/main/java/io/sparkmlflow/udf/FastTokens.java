package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import scala.Function1;

/** {@code Tokenizer}, which compiles a regular expression for each row. */
final class FastTokens extends FastFunction {
    private static final long serialVersionUID = 1L;

    // Spark ships the same function to the executors: it is serializable, though its type doesn't say so.
    @SuppressWarnings("serial")
    private final Function1<Object, Object> own;

    @SuppressWarnings("unchecked")
    FastTokens(Object own) {
        this.own = (Function1<Object, Object>) own;
    }

    @Override
    public Object apply(Object value) {
        if (!(value instanceof String given)) {
            return own.apply(value);
        }
        String text = given.toLowerCase(Locale.ROOT);
        List<Object> words = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (isSpace(text.charAt(i))) {
                words.add(text.substring(start, i));
                start = i + 1;
            }
        }
        words.add(text.substring(start));
        // String.split leaves out empty words at the end, but an empty text is one.
        int last = words.size();
        while (last > 0 && words.size() > 1 && words.get(last - 1).equals("")) {
            last--;
        }
        return SparkCompat.toScala(words.subList(0, last));
    }

    /** What a regular expression's {@code \s} is. */
    private static boolean isSpace(char character) {
        return character == ' ' || (character >= '\t' && character <= '\r');
    }
}
