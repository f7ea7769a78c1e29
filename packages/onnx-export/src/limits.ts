// What a model may have before it is refused. Each limit is far above any real classifier and
// keeps an unknown file from taking unbounded time or memory.

/** Nodes in one graph; the largest classifiers exported so far have about 40 000. */
export const MAX_NODES = 200_000;

/** Initializers in one graph. */
export const MAX_INITIALIZERS = 200_000;

/** Model-local functions; the exporter that writes the most has one for each module, about 100. */
export const MAX_FUNCTIONS = 100_000;

/** Bytes of one message without its tensors' payload: nodes carry names, attributes, metadata. */
export const MAX_MESSAGE_BYTES = 1 << 24;

/** Bytes of all node names, value names and metadata that are kept in memory. */
export const MAX_TEXT_BYTES = 1 << 26;

/** Bytes of one name of a value, a node or an axis; module paths have a few hundred. */
export const MAX_NAME_BYTES = 1 << 16;

/** Bytes of all entries of `metadata_props`; a manifest with ten thousand class names has 200 kB. */
export const MAX_METADATA_BYTES = 1 << 24;

/** Numbers of one attribute or shape; what has more is a weight in the wrong place. */
export const MAX_NUMBERS = 1 << 18;

/**
 * Depth of graphs inside attributes (If, Loop, Scan bodies).
 *
 * Each level costs three messages, and protobuf readers give up at 100 messages.
 */
export const MAX_GRAPH_DEPTH = 30;

/**
 * Stages of one plan.
 *
 * The deepest vision transformers have about 60 blocks; each stage becomes an output.
 */
export const MAX_STAGES = 512;

/**
 * Modules inside each other in one module path; longer names are no module paths.
 *
 * Networks nest about ten deep.
 */
export const MAX_MODULE_DEPTH = 64;

/** Axes of one tensor. */
export const MAX_RANK = 64;

/**
 * Payload up to which a tensor's values are read, bytes.
 *
 * Shape inference needs the small integer constants; nobody needs the weights.
 */
export const MAX_CONSTANT_BYTES = 1024;

/**
 * Nodes of an If, Loop or Scan body that are kept for shape inference. Exporters write a handful, to
 * choose between two shapes; larger bodies compute features, which inference does not follow.
 */
export const MAX_BODY_NODES = 64;

/** Tokens in front of the positions: no known network has more than 8 (registers, class token). */
export const MAX_PREFIX_TOKENS = 16;

/**
 * Payload from which a linked file refers to a tensor in the original, bytes; smaller ones stay
 * inside. Shape inference needs the constants, and each tensor that is referred to is mapped on its
 * own.
 */
export const MIN_LINKED_BYTES = 1024;

/**
 * Most tensors that a linked file refers to, the largest first. Linux allows a process about 65,000
 * mappings (`vm.max_map_count`), and onnxruntime makes one for each.
 */
export const MAX_LINKED_TENSORS = 20_000;
