package io.sparkmlflow.model;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Dates and times in YAML, read and written as PyYAML does. */
final class PythonTimestamps {
    static final Pattern PATTERN = Pattern.compile("^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}"
            + "|([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \\t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]*))?"
            + "(?:[ \\t]*(?:Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?)$");

    private PythonTimestamps() {}

    /** Returns a date, a local time or a time with an offset. Throws {@link DateTimeException} if there is none such. */
    static Object parse(String text) {
        Matcher parts = PATTERN.matcher(text);
        if (!parts.matches()) {
            throw new DateTimeException("not a date or time");
        }
        if (parts.group(1) == null) {
            return LocalDate.of(
                    Integer.parseInt(text.substring(0, 4)),
                    Integer.parseInt(text.substring(5, 7)),
                    Integer.parseInt(text.substring(8, 10)));
        }
        LocalDate date = LocalDate.of(number(parts, 1), number(parts, 2), number(parts, 3));
        LocalTime time = LocalTime.of(number(parts, 4), number(parts, 5), number(parts, 6), nanos(parts.group(7)));
        LocalDateTime local = LocalDateTime.of(date, time);
        if (text.endsWith("Z")) {
            return local.atOffset(ZoneOffset.UTC);
        }
        if (parts.group(8) == null) {
            return local;
        }
        int sign = parts.group(8).equals("-") ? -1 : 1;
        int minutes = parts.group(10) == null ? 0 : number(parts, 10);
        return local.atOffset(ZoneOffset.ofHoursMinutes(sign * number(parts, 9), sign * minutes));
    }

    /** Returns what Python's {@code isoformat(' ')} returns: six digits of a second, or none. */
    static String format(OffsetDateTime time) {
        String offset = time.getOffset().equals(ZoneOffset.UTC)
                ? "+00:00"
                : time.getOffset().getId();
        return format(time.toLocalDateTime()) + offset;
    }

    static String format(LocalDateTime time) {
        String seconds = String.format(
                Locale.ROOT,
                "%s %02d:%02d:%02d",
                time.toLocalDate(),
                time.getHour(),
                time.getMinute(),
                time.getSecond());
        int micros = time.getNano() / 1000;
        return micros == 0 ? seconds : seconds + String.format(Locale.ROOT, ".%06d", micros);
    }

    private static int number(Matcher parts, int group) {
        return Integer.parseInt(parts.group(group));
    }

    /** Python keeps six digits of the fraction and drops the others. */
    private static int nanos(String fraction) {
        String digits = fraction == null ? "" : fraction;
        return Integer.parseInt((digits + "000000").substring(0, 6)) * 1000;
    }
}
