import type { Adapter, RearrangeStep } from '@featuretap/core/spec';
import { freeName, type GraphEdit, type NewAttribute } from './graph-edit.js';
import { int64Initializer } from './int64-initializer.js';

/** Opset from which Slice takes its ranges as inputs. */
const SLICE_INPUTS_OPSET = 10;

/** Opset from which ReduceMean takes its axes as an input. */
const REDUCE_INPUTS_OPSET = 18;

/** The largest int64: Slice's way to say "to the end". */
const TO_THE_END = 2 ** 53 - 1;

/** A chain of nodes under construction: the edit, and the value at its end. */
interface Chain {
  readonly edit: GraphEdit;
  readonly value: string;
}

interface Step {
  readonly opType: string;
  readonly attributes?: readonly NewAttribute[];
  /** Int64 constants behind the data input: a list, or a scalar. */
  readonly constants?: readonly (readonly number[] | number)[];
  /** Data inputs, in place of the value at the end of the chain. */
  readonly dataInputs?: readonly string[];
}

function append({ edit, value }: Chain, label: string, step: Step): Chain {
  const initializers = [...edit.initializers];
  const node = freeName(edit, `featuretap/${label}/${step.opType}`);
  const constants = (step.constants ?? []).map((constant, i) => {
    const name = freeName({ ...edit, initializers }, `${node}_${i}`);
    initializers.push(int64Initializer(name, constant));
    return name;
  });
  const inputs = [...(step.dataInputs ?? [value]), ...constants];
  const { opType, attributes = [] } = step;
  const nodes = [...edit.nodes, { name: node, opType, inputs, outputs: [node], attributes }];
  return { edit: { ...edit, nodes, initializers }, value: node };
}

function opsetOf(edit: GraphEdit): number {
  return edit.index.model.opsets.get('') ?? REDUCE_INPUTS_OPSET;
}

function sliceTokens(chain: Chain, label: string, from: number): Chain {
  if (from === 0) return chain;
  const attributes = [
    { name: 'starts', ints: [from] },
    { name: 'ends', ints: [TO_THE_END] },
    { name: 'axes', ints: [1] },
  ];
  return opsetOf(chain.edit) < SLICE_INPUTS_OPSET
    ? append(chain, label, { opType: 'Slice', attributes })
    : append(chain, label, { opType: 'Slice', constants: [[from], [TO_THE_END], [1]] });
}

function mean(chain: Chain, label: string, axes: readonly number[]): Chain {
  const keepdims = { name: 'keepdims', int: 0 };
  return opsetOf(chain.edit) < REDUCE_INPUTS_OPSET
    ? append(chain, label, {
        opType: 'ReduceMean',
        attributes: [{ name: 'axes', ints: axes }, keepdims],
      })
    : append(chain, label, { opType: 'ReduceMean', attributes: [keepdims], constants: [axes] });
}

function transpose(chain: Chain, label: string, perm: readonly number[]): Chain {
  return append(chain, label, { opType: 'Transpose', attributes: [{ name: 'perm', ints: perm }] });
}

/** Reshapes [N, C, L] to [N, C, H, W]; 0 keeps an axis. */
function toMap(chain: Chain, label: string, size: readonly [number, number]): Chain {
  return append(chain, label, { opType: 'Reshape', constants: [[0, 0, ...size]] });
}

/** Reshapes and transposes each sample; the batch axis stays in front. */
function rearrange(start: Chain, label: string, steps: readonly RearrangeStep[]): Chain {
  let chain = start;
  for (const step of steps) {
    chain =
      'reshape' in step
        ? append(chain, label, { opType: 'Reshape', constants: [[0, ...step.reshape]] })
        : transpose(chain, label, [0, ...step.permute.map((axis) => axis + 1)]);
  }
  return chain;
}

/**
 * Inserts the nodes of an adapter behind a value.
 *
 * Only operators of ONNX's own set, in the form that the model's opset has.
 *
 * @param label - field name, used in the names of the new nodes.
 * @returns the edit with the nodes, and the name of the adapted value.
 */
export function insertAdapter(
  edit: GraphEdit,
  value: string,
  adapter: Adapter,
  label: string,
): { edit: GraphEdit; value: string } {
  const chain: Chain = { edit, value };
  switch (adapter.kind) {
    case 'flatten':
      return append(chain, label, { opType: 'Flatten', attributes: [{ name: 'axis', int: 1 }] });
    case 'nhwc-to-nchw':
      return transpose(chain, label, [0, 3, 1, 2]);
    case 'tokens-to-map': {
      const positions = sliceTokens(chain, label, adapter.prefixTokens);
      return toMap(transpose(positions, label, [0, 2, 1]), label, adapter.size);
    }
    case 'channels-first-tokens-to-map':
      return toMap(chain, label, adapter.size);
    case 'swap-tokens':
      return transpose(chain, label, [0, 2, 1]);
    case 'token':
      return append(chain, label, {
        opType: 'Gather',
        attributes: [{ name: 'axis', int: 1 }],
        constants: [adapter.index],
      });
    case 'token-mean': {
      if (adapter.tokens === undefined)
        return mean(sliceTokens(chain, label, adapter.from ?? 0), label, [1]);
      const attributes = [{ name: 'axis', int: 1 }];
      const picked = append(chain, label, {
        opType: 'Gather',
        attributes,
        constants: [adapter.tokens],
      });
      return mean(picked, label, [1]);
    }
    case 'spatial-mean':
      return mean(chain, label, adapter.layout === 'NCHW' ? [2, 3] : [1, 2]);
    case 'concat': {
      const attributes = [{ name: 'axis', int: 1 }];
      return append(chain, label, { opType: 'Concat', attributes, dataInputs: adapter.values });
    }
    case 'mean':
      return append(chain, label, { opType: 'Mean', dataInputs: adapter.values });
    case 'map-to-tokens':
      return append(chain, label, { opType: 'Reshape', constants: [[0, 0, -1]] });
    case 'nchw-to-nhwc':
      return transpose(chain, label, [0, 2, 3, 1]);
    case 'rearrange':
      return rearrange(chain, label, adapter.steps);
  }
}
