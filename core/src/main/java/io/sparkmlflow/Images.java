package io.sparkmlflow;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/**
 * Images as artifacts. The one class that needs the module {@code java.desktop}: it is loaded when an image is logged.
 *
 * <p>MLflow's web page shows the images of a key along their steps, and finds them by their names: see {@link #path}. Beside each
 * lies a small one for the overview, which Python writes as WebP and Java, which has none, as PNG; the page takes both.
 */
final class Images {
    /** The largest side of the small image, in pixels, as in Python. */
    private static final int SMALL = 256;

    private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9_\\-./ ]+");

    private Images() {}

    /**
     * Returns the name of an image of a key, without extension.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if the key has other characters than MLflow takes
     */
    static String path(String key, long step, long timestamp) {
        if (key == null || !KEY.matcher(key).matches()) {
            throw MlflowException.invalidParameter("'" + key
                    + "' is not a key of images: expected letters, digits, '_', '-'," + " '.', '/' and blanks");
        }
        return "images/" + key.replace('/', '~') + "+step+" + step + "+timestamp+" + timestamp + "+"
                + UUID.randomUUID();
    }

    /** Returns an image's bytes in the format that the file's name ends in, such as {@code png} or {@code jpg}. */
    static byte[] encode(BufferedImage image, String fileName) {
        String format = fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            // JPEG and others have no transparency, and their writers take no image that has.
            if (ImageIO.write(image, format, bytes)
                    || ImageIO.write(drawn(image, image.getWidth(), image.getHeight(), false), format, bytes)) {
                return bytes.toByteArray();
            }
        } catch (IOException e) {
            throw new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot write the image '" + fileName + "': " + e, e);
        }
        throw MlflowException.invalidParameter("'" + fileName
                + "' cannot be written as an image: expected a name that ends in" + " .png, .jpg, .gif or .bmp");
    }

    /** Returns the image at the size of an overview. */
    static BufferedImage small(BufferedImage image) {
        double scale = (double) SMALL / Math.max(image.getWidth(), image.getHeight());
        return drawn(
                image,
                Math.max(1, (int) (image.getWidth() * scale)),
                Math.max(1, (int) (image.getHeight() * scale)),
                image.getColorModel().hasAlpha());
    }

    private static BufferedImage drawn(BufferedImage image, int width, int height, boolean transparent) {
        int type = transparent ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB;
        BufferedImage drawn = new BufferedImage(width, height, type);
        Graphics2D graphics = drawn.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            graphics.drawImage(image, 0, 0, width, height, null);
        } finally {
            graphics.dispose();
        }
        return drawn;
    }
}
