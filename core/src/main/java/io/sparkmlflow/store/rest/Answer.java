package io.sparkmlflow.store.rest;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * What a server answered.
 *
 * @param body empty if the body went to a file
 */
record Answer(int status, HttpHeaders headers, byte[] body) {

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Returns how long the server asks to wait: seconds or a date; {@code null} if it says nothing sensible. */
    Duration retryAfter(Instant now) {
        String value = headers.firstValue("Retry-After").orElse("").trim();
        if (value.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(value));
        }
        try {
            Instant until = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return until.isBefore(now) ? Duration.ZERO : Duration.between(now, until);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
