import type { GraphIndex } from '../graph/graph-index.js';
import type { Node } from '../proto/model.js';
import { ACTIVATIONS } from './activations.js';

/** Order of the axes of a map. */
export type MapLayout = 'NCHW' | 'NHWC';

/** Operators that ONNX defines on [N, C, H, W] alone. */
const CHANNELS_FIRST = new Set([
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'LpPool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'BatchNormalization',
  'InstanceNormalization',
  'GroupNormalization',
  'LRN',
  'DepthToSpace',
  'SpaceToDepth',
  'QLinearConv',
  'ConvInteger',
]);

/** Operators that keep the axes of their first input. */
const KEEPS_AXES = new Set([
  ...ACTIVATIONS,
  ...[
    'Erf',
    'Exp',
    'Sqrt',
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Sum',
    'Mean',
    'Max',
    'Min',
    'Pow',
    'Where',
  ],
  ...['Identity', 'Cast', 'Dropout', 'Pad', 'Slice', 'Resize', 'Upsample', 'Concat'],
  ...['LayerNormalization', 'QuantizeLinear', 'DequantizeLinear'],
]);

const TO_NHWC = '0,2,3,1';
const TO_NCHW = '0,3,1,2';

function transposed(node: Node, layout: MapLayout | undefined): MapLayout | undefined {
  const order = node.attributes.get('perm')?.ints?.join();
  if (order === TO_NHWC && layout !== 'NHWC') return 'NHWC';
  if (order === TO_NCHW && layout !== 'NCHW') return 'NCHW';
  return undefined;
}

/**
 * The layouts of maps that operators tell: ONNX's convolutions and pools work on NCHW, element-wise
 * operators keep the axes, a Transpose swaps them. Values that nothing tells of are left out.
 */
export function mapLayouts(index: GraphIndex): ReadonlyMap<string, MapLayout> {
  const layouts = new Map<string, MapLayout>();
  for (const node of index.nodes) {
    const [input = ''] = node.inputs;
    const own = node.inputs.map((name) => layouts.get(name)).find((layout) => layout !== undefined);
    const made = CHANNELS_FIRST.has(node.opType)
      ? 'NCHW'
      : node.opType === 'Transpose'
        ? transposed(node, layouts.get(input))
        : KEEPS_AXES.has(node.opType)
          ? own
          : undefined;
    if (made !== undefined) for (const name of node.outputs) layouts.set(name, made);
  }
  // What a convolution takes is NCHW as well, and so is what that was made from element by element.
  for (const node of index.nodes.toReversed()) {
    const [input = ''] = node.inputs;
    const [output = ''] = node.outputs;
    if (CHANNELS_FIRST.has(node.opType)) {
      if (!layouts.has(input)) layouts.set(input, 'NCHW');
    } else if (KEEPS_AXES.has(node.opType)) {
      const layout = layouts.get(output);
      if (layout !== undefined && !layouts.has(input)) layouts.set(input, layout);
    }
  }
  return layouts;
}
