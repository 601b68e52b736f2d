package io.sparkmlflow.udf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.types.DataType;

/**
 * The command that a Python worker of Spark expects: a pickle of a function and the type of what it returns.
 *
 * <p>PySpark's own has the function's bytecode in it, which only the same Python can read. This one has source text, and is the
 * same for every Python.
 */
final class PythonCommand {
    private static final String MAKE = "lambda source, config: (lambda names: (exec(source, names),"
            + " names['make'](config))[1])({'__name__': 'io_sparkmlflow_predict'})";
    private static final String SOURCE = text("predict.py");

    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

    private PythonCommand() {}

    /**
     * Makes the command for a call of {@code make} in {@code predict.py}.
     *
     * @param config its argument
     * @param returned what the function returns for a row
     */
    static byte[] of(String config, DataType returned) {
        PythonCommand command = new PythonCommand();
        command.opcodes(0x80, 2); // PROTO 2
        command.function("builtins", "eval");
        command.string(MAKE);
        command.opcodes(0x85, 'R'); // TUPLE1, REDUCE
        command.string(SOURCE);
        command.string(config);
        command.opcodes(0x86, 'R'); // TUPLE2, REDUCE
        command.function("pyspark.sql.types", "_parse_datatype_json_string");
        command.string(returned.json());
        command.opcodes(0x85, 'R');
        command.opcodes(0x86, '.'); // TUPLE2, STOP
        return command.pickle.toByteArray();
    }

    private void opcodes(int... opcodes) {
        for (int opcode : opcodes) {
            pickle.write(opcode);
        }
    }

    private void function(String module, String name) {
        opcodes('c');
        pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        opcodes('X');
        pickle.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(utf8.length)
                .array());
        pickle.writeBytes(utf8);
    }

    /** Reads a program that lies beside this class. */
    static String text(String resource) {
        try (InputStream in = PythonCommand.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + resource + " in the jar", e);
        }
    }
}
