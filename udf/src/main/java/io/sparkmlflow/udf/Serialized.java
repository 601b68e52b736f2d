package io.sparkmlflow.udf;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.spark.broadcast.Broadcast;
import scala.reflect.ClassTag$;

/**
 * Java's serialization, in which a {@link Broadcast} takes its value along: some of MLlib's functions refer to one, and
 * would be of no use where its SparkContext is gone. Only what this process or its driver wrote is ever read.
 */
final class Serialized {
    private Serialized() {}

    static byte[] write(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new InliningStream(bytes)) {
            out.writeObject(value);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot serialize the model: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "BanSerializableRead"})
    static <T> T read(byte[] bytes) {
        try (ObjectInputStream in = new LoadingStream(bytes)) {
            return (T) in.readObject();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the serialized model: " + e.getMessage(), e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("The model needs the class " + e.getMessage() + ", which isn't there", e);
        }
    }

    static <T> T copy(T value) {
        return read(write(value));
    }

    private static final class InliningStream extends ObjectOutputStream {
        InliningStream(OutputStream out) throws IOException {
            super(out);
            enableReplaceObject(true);
        }

        @Override
        protected Object replaceObject(Object value) {
            return value instanceof Broadcast<?> broadcast && !(value instanceof Inlined)
                    ? new Inlined<>(broadcast.id(), broadcast.value())
                    : value;
        }
    }

    private static final class LoadingStream extends ObjectInputStream {
        LoadingStream(byte[] bytes) throws IOException {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            if (loader != null) {
                try {
                    return Class.forName(description.getName(), false, loader);
                } catch (ClassNotFoundException e) {
                    // A primitive type, or a class that only our own loader has.
                }
            }
            return super.resolveClass(description);
        }
    }

    /** A broadcast that nobody sent: it holds its value. */
    private static final class Inlined<T> extends Broadcast<T> {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial")
        private final T inlined;

        Inlined(long id, T value) {
            super(id, ClassTag$.MODULE$.apply(Object.class));
            this.inlined = value;
        }

        @Override
        public T getValue() {
            return inlined;
        }

        @Override
        public void doUnpersist(boolean blocking) {}

        @Override
        public void doDestroy(boolean blocking) {}
    }
}
