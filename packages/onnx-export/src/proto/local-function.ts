import type { FieldRange } from './model.js';

/** A model-local function (`FunctionProto`): nodes that stand for one operator. */
export interface LocalFunction {
  /** Operator set that it belongs to; empty for ONNX's own. */
  readonly domain: string;
  /** Name: the operator type of its calls. */
  readonly name: string;
  /** Tells functions of one name apart; usually empty. */
  readonly overload: string;
  /** Names of the values that a call gives, in its body. */
  readonly inputs: readonly string[];
  /** Names of the values that a call gets, in its body. */
  readonly outputs: readonly string[];
  /** Names of the attributes without a default. */
  readonly attributes: readonly string[];
  /** `AttributeProto` bytes of the attributes that have a default, by name. */
  readonly attributeDefaults: ReadonlyMap<string, Uint8Array>;
  /** `NodeProto` bytes of the body, in file order. */
  readonly nodes: readonly Uint8Array[];
  /** Operator set versions by domain that the body is written for. */
  readonly opsets: ReadonlyMap<string, number>;
  /** The field of the model that holds it. */
  readonly at: FieldRange;
}

/** What a call names its function by. */
export type FunctionId = Pick<LocalFunction, 'domain' | 'name' | 'overload'>;

/** A key of a function in a map; no two functions share one, whatever their names hold. */
export function functionKey({ domain, name, overload }: FunctionId): string {
  return JSON.stringify([domain, name, overload]);
}
