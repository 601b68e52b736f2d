package io.sparkmlflow.model;

import java.time.DateTimeException;
import java.util.Base64;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.constructor.AbstractConstruct;
import org.yaml.snakeyaml.constructor.Construct;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Plain values from YAML, after a look at the whole document: its tags are among those that are plain values, each on the
 * kind of node that it is for, keys are scalars, and aliases lead neither back to themselves nor to a bomb.
 */
final class PythonYamlConstructor extends SafeConstructor {
    /** The tag of a lone {@code =}, which PyYAML refuses to read and quotes when it writes. */
    static final Tag VALUE = new Tag(Tag.PREFIX + "value");

    private static final Set<Tag> SCALARS =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.TIMESTAMP, Tag.BINARY, Tag.MERGE, VALUE);
    private static final Set<Tag> MAPPINGS = Set.of(Tag.MAP, Tag.SET);
    private static final PythonYamlResolver RESOLVER = new PythonYamlResolver();

    /** The number of values in what an anchor names, itself included; 0 while it is being counted. */
    private final Map<Node, Long> sizes = new IdentityHashMap<>();

    PythonYamlConstructor(LoaderOptions options) {
        super(options);
        Construct integer = yamlConstructors.get(Tag.INT);
        Construct real = yamlConstructors.get(Tag.FLOAT);
        put(Tag.INT, "an integer", integer::construct);
        put(Tag.FLOAT, "a number", real::construct);
        put(Tag.TIMESTAMP, "a date or time", node -> PythonTimestamps.parse(text(node)));
        put(Tag.BINARY, "Base64", node -> Base64.getDecoder().decode(text(node).replaceAll("\\s", "")));
        put(VALUE, "text", PythonYamlConstructor::text);
    }

    @Override
    public Object getSingleData(Class<?> type) {
        Node document = composer.getSingleNode();
        if (document == null) {
            return null;
        }
        count(document, 0);
        return constructDocument(document);
    }

    private void put(Tag tag, String expected, Function<Node, Object> construct) {
        yamlConstructors.put(tag, new AbstractConstruct() {
            @Override
            public Object construct(Node node) {
                try {
                    return construct.apply(node);
                } catch (NumberFormatException | DateTimeException e) {
                    throw problem("'" + text(node) + "' is not " + expected, node);
                } catch (IllegalArgumentException e) {
                    throw problem("the value is not " + expected, node);
                }
            }
        });
    }

    private long count(Node node, int depth) {
        Long known = sizes.get(node);
        if (known != null && known > 0) {
            return known;
        }
        if (known != null) {
            throw problem("a value contains itself", node);
        }
        if (depth > PythonYaml.MAX_DEPTH) {
            throw problem("values are nested deeper than " + PythonYaml.MAX_DEPTH + " levels", node);
        }
        sizes.put(node, 0L);
        long size = 1;
        if (node instanceof ScalarNode scalar) {
            checkScalar(scalar);
        } else if (node instanceof SequenceNode sequence) {
            checkTag(node, sequence.getTag().equals(Tag.SEQ));
            for (Node item : sequence.getValue()) {
                size = bounded(size + count(item, depth + 1), node);
            }
        } else if (node instanceof MappingNode mapping) {
            checkTag(node, MAPPINGS.contains(mapping.getTag()));
            for (NodeTuple entry : mapping.getValue()) {
                checkKey(entry);
                size = bounded(size + count(entry.getKeyNode(), depth + 1), node);
                size = bounded(size + count(entry.getValueNode(), depth + 1), node);
            }
        }
        sizes.put(node, size);
        return size;
    }

    private static void checkKey(NodeTuple entry) {
        Node key = entry.getKeyNode();
        if (key.getNodeId() != NodeId.scalar) {
            throw problem("a key is a list or a mapping", key);
        }
        if (key.getTag().equals(Tag.MERGE)) {
            Node value = entry.getValueNode();
            boolean mappings = value instanceof MappingNode
                    || value instanceof SequenceNode list
                            && list.getValue().stream().allMatch(MappingNode.class::isInstance);
            if (!mappings) {
                throw problem("the key '<<' takes a mapping or a list of mappings", value);
            }
        }
    }

    /** A tag that the author wrote, such as {@code !!int}, must fit the text. */
    private static void checkScalar(ScalarNode scalar) {
        Tag tag = scalar.getTag();
        checkTag(scalar, SCALARS.contains(tag));
        if (tag.equals(Tag.STR) || tag.equals(Tag.BINARY) || tag.equals(VALUE)) {
            return;
        }
        Tag implied = RESOLVER.resolve(NodeId.scalar, scalar.getValue(), true);
        boolean fits = tag.equals(implied) || tag.equals(Tag.FLOAT) && implied.equals(Tag.INT);
        if (!fits) {
            throw problem("'" + shortened(scalar.getValue()) + "' is not a value of the tag " + tag, scalar);
        }
    }

    private static void checkTag(Node node, boolean known) {
        if (!known) {
            throw problem("the tag " + shortened(node.getTag().getValue()) + " is not for plain values", node);
        }
    }

    private static long bounded(long size, Node node) {
        if (size > PythonYaml.MAX_VALUES) {
            throw problem("the document has more than " + PythonYaml.MAX_VALUES + " values", node);
        }
        return size;
    }

    private static String text(Node node) {
        return ((ScalarNode) node).getValue();
    }

    private static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }

    private static YAMLException problem(String what, Node node) {
        return new YAMLException(what + " in line " + (node.getStartMark().getLine() + 1));
    }
}
