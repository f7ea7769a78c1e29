import type { ByteRange, ByteSource } from '@featuretap/core/wire';

/** Where a field of a message stands in the file. */
export interface FieldRange extends ByteRange {
  /** Offset of the value, behind the tag and the length; `start` is the tag's. */
  readonly valueStart: number;
}

/** A tensor without its weights. */
export interface TensorInfo {
  /** Name of the value; empty for attributes. */
  readonly name: string;
  /** Shape. */
  readonly dims: readonly number[];
  /** `TensorProto.DataType` number. */
  readonly dataType: number;
  /** Payload, bytes, wherever it is stored; 0 when unknown. */
  readonly payloadBytes: number;
  /** Values of a small tensor (see `MAX_CONSTANT_BYTES`), in row-major order. */
  readonly values?: readonly number[];
  /** Entries of `external_data`, when the payload is in another file. */
  readonly external?: ReadonlyMap<string, string>;
}

/** Where the parts of a tensor stand in the file that say what and where its payload is. */
export interface TensorPlaces {
  /** Fields that hold the payload. */
  readonly payload: readonly {
    /** Field number. */
    readonly field: number;
    /** Where it stands. */
    readonly at: FieldRange;
  }[];
  /** The `data_location` fields, which say whether the payload is in another file. */
  readonly dataLocation: readonly FieldRange[];
}

/** An initializer: a tensor with its place in the file. */
export interface Initializer extends TensorInfo {
  /** The field of the graph that holds it. */
  readonly at: FieldRange;
  /** Where its payload stands. */
  readonly places: TensorPlaces;
}

/** A node of a body: like a node of the graph, without a place of its own in the file. */
export type BodyNode = Omit<Node, 'at'>;

/** The body of an If, Loop or Scan, as far as shape inference needs it. */
export interface Body {
  /** Nodes in file order. */
  readonly nodes: readonly BodyNode[];
  /** Names of the values that it returns. */
  readonly outputs: readonly string[];
}

/** An attribute of a node; one member is set, or none for kinds that nothing here needs. */
export interface Attribute {
  /** Name. */
  readonly name: string;
  /** `INT` */
  readonly int?: number;
  /** `FLOAT` */
  readonly float?: number;
  /** `STRING` */
  readonly string?: string;
  /** `INTS` */
  readonly ints?: readonly number[];
  /** `FLOATS` */
  readonly floats?: readonly number[];
  /** `TENSOR` */
  readonly tensor?: TensorInfo;
  /** `GRAPH`, when it is small (see `MAX_BODY_NODES`) */
  readonly body?: Body;
}

/** A node of the graph. */
export interface Node {
  /** Name; may be empty. */
  readonly name: string;
  /** Operator, such as `Conv`. */
  readonly opType: string;
  /** Operator set; empty for ONNX's own. */
  readonly domain: string;
  /** Names of the values it takes; an empty name is an absent optional input. */
  readonly inputs: readonly string[];
  /** Names of the values it makes. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Whether it has If, Loop or Scan bodies. */
  readonly hasBodies: boolean;
  /** Values of the enclosing graph that If, Loop or Scan bodies use. */
  readonly captures: readonly string[];
  /** Module path that torch's dynamo exporter left in `metadata_props`, as a Python repr. */
  readonly nameScopes?: string;
  /** The field of the graph that holds it. */
  readonly at: FieldRange;
}

/** Dimension of a declared shape: a size, a name, or null when the file does not say. */
export type DeclaredDim = number | string | null;

/** A declared graph input, output or intermediate value. */
export interface ValueInfo {
  /** Name of the value. */
  readonly name: string;
  /** `TensorProto.DataType` number; 0 when it is no tensor or not said. */
  readonly dataType: number;
  /** Shape, or null when not said. */
  readonly shape: readonly DeclaredDim[] | null;
  /** What it is, in words, when it is declared as something else than a tensor. */
  readonly otherType?: string;
  /** The field of the graph that holds it. */
  readonly at: FieldRange;
}

/** A sparse weight: only its name and where it stands matter here. */
export interface SparseInitializer {
  /** Name of the value. */
  readonly name: string;
  /** Shape of the value. */
  readonly dims: readonly number[];
  /** `TensorProto.DataType` number of the value. */
  readonly dataType: number;
  /** The field of the graph that holds it. */
  readonly at: FieldRange;
}

/** What the graph says of a value's quantisation. */
export interface QuantizationAnnotation {
  /** Name of the value. */
  readonly tensor: string;
  /** Names of the initializers that hold scale and zero point. */
  readonly parameters: readonly string[];
  /** The field of the graph that holds it. */
  readonly at: FieldRange;
}

/** The main graph. */
export interface Graph {
  /** The field of the model that holds it. */
  readonly at: FieldRange;
  /** Nodes in file order, which ONNX requires to be topological. */
  readonly nodes: readonly Node[];
  /** Weights and constants. */
  readonly initializers: readonly Initializer[];
  /** Weights that are stored sparse. */
  readonly sparseInitializers: readonly SparseInitializer[];
  /** Quantisation annotations. */
  readonly annotations: readonly QuantizationAnnotation[];
  /** Declared inputs; files before IR version 4 list initializers too. */
  readonly inputs: readonly ValueInfo[];
  /** Declared outputs. */
  readonly outputs: readonly ValueInfo[];
  /** Declared intermediate values. */
  readonly valueInfos: readonly ValueInfo[];
}

/** An entry of `metadata_props`. */
export interface MetadataEntry {
  /** Key. */
  readonly key: string;
  /** Value. */
  readonly value: string;
  /** The field of the model that holds it. */
  readonly at: FieldRange;
}

/** A model: its structure, and where everything stands in the file. */
export interface Model {
  /** The bytes it was read from; writing copies ranges of it. */
  readonly source: ByteSource;
  /** `ir_version` */
  readonly irVersion: number;
  /** `producer_name`, such as `pytorch`. */
  readonly producerName: string;
  /** `producer_version` */
  readonly producerVersion: string;
  /** Operator set versions by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** `metadata_props` in file order. */
  readonly metadata: readonly MetadataEntry[];
  /** The fields of the model that hold model-local functions. */
  readonly functions: readonly FieldRange[];
  /** The main graph. */
  readonly graph: Graph;
}
