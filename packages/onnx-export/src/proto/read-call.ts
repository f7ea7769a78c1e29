import { decodeName, fieldBytes, walkFields, WIRE } from '@featuretap/core/wire';
import { ATTRIBUTE, NODE } from './fields.js';
import { CALL, REFERENCE } from './function-fields.js';
import type { FunctionId } from './local-function.js';
import { normalDomain } from './read-functions.js';

/** A node as far as calling a function needs it. */
export interface CallNode {
  /** Name; may be empty. */
  readonly name: string;
  /** The function, or the operator, that it calls. */
  readonly callee: FunctionId;
  /** Names of the values that it gives; empty for a missing optional one. */
  readonly inputs: readonly string[];
  /** Names of the values that it gets; empty for one that is not used. */
  readonly outputs: readonly string[];
  /** `AttributeProto` bytes by name. */
  readonly attributes: ReadonlyMap<string, Uint8Array>;
}

/** The two names of an attribute. */
export interface AttributeNames {
  /** Name. */
  readonly name: string;
  /** The attribute of the enclosing function's call that gives the value, or empty. */
  readonly reference: string;
}

/**
 * Reads an attribute's names.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export function readAttributeNames(bytes: Uint8Array): AttributeNames {
  const cursor = { bytes, at: 0, base: 0 };
  let name = '';
  let reference = '';
  for (const field of walkFields(cursor)) {
    if (field.wireType !== WIRE.bytes) continue;
    if (field.field === ATTRIBUTE.name) name = decodeName(fieldBytes(cursor, field));
    else if (field.field === REFERENCE.attributeName) {
      reference = decodeName(fieldBytes(cursor, field));
    }
  }
  return { name, reference };
}

/**
 * Reads a `NodeProto` as a call.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export function readCall(bytes: Uint8Array): CallNode {
  const cursor = { bytes, at: 0, base: 0 };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Uint8Array>();
  const callee = { domain: '', name: '', overload: '' };
  let name = '';
  for (const field of walkFields(cursor)) {
    if (field.wireType !== WIRE.bytes) continue;
    const value = fieldBytes(cursor, field);
    if (field.field === NODE.input) inputs.push(decodeName(value));
    else if (field.field === NODE.output) outputs.push(decodeName(value));
    else if (field.field === NODE.name) name = decodeName(value);
    else if (field.field === NODE.opType) callee.name = decodeName(value);
    else if (field.field === NODE.domain) callee.domain = normalDomain(decodeName(value));
    else if (field.field === CALL.overload) callee.overload = decodeName(value);
    else if (field.field === NODE.attribute) attributes.set(readAttributeNames(value).name, value);
  }
  return { name, callee, inputs, outputs, attributes };
}
