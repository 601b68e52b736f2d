package io.sparkmlflow.entities;

/**
 * An artifact in a listing.
 *
 * @param path relative to the artifact root that was listed, with {@code /} between names
 * @param fileSize bytes, or {@code null} for a directory
 */
public record FileInfo(String path, boolean isDirectory, Long fileSize) {}
