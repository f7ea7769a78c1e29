/** Activations that are one operator of ONNX; SiLU and others are several. */
export const ACTIVATIONS: ReadonlySet<string> = new Set([
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Clip',
  'HardSwish',
  'HardSigmoid',
  'Sigmoid',
  'Elu',
  'Selu',
  'Celu',
  'Gelu',
  'Mish',
  'Swish',
  'Tanh',
  'Softplus',
]);
