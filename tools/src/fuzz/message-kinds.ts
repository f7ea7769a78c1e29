// Which fields of ONNX's messages hold messages, strings or numbers.
// Source: https://github.com/onnx/onnx/blob/v1.20.0/onnx/onnx.proto

/** What a length-delimited field holds: a message of that name, a name, text, packed numbers, bytes. */
export type Content = MessageName | 'name' | 'text' | 'packed' | 'bytes';

/** Messages that the fuzzer looks into. */
export type MessageName =
  | 'Model'
  | 'Graph'
  | 'Node'
  | 'Attribute'
  | 'Tensor'
  | 'SparseTensor'
  | 'ValueInfo'
  | 'Type'
  | 'TensorType'
  | 'Shape'
  | 'Dimension'
  | 'Entry'
  | 'Opset'
  | 'Annotation'
  | 'Function';

/** Fields by number, for each message; fields that are missing here are left as bytes. */
export const MESSAGES: Readonly<Record<MessageName, Readonly<Record<number, Content>>>> = {
  Model: { 2: 'text', 3: 'text', 4: 'text', 7: 'Graph', 8: 'Opset', 14: 'Entry', 25: 'Function' },
  Graph: {
    1: 'Node',
    2: 'text',
    5: 'Tensor',
    11: 'ValueInfo',
    12: 'ValueInfo',
    13: 'ValueInfo',
    14: 'Annotation',
    15: 'SparseTensor',
    16: 'Entry',
  },
  Node: { 1: 'name', 2: 'name', 3: 'name', 4: 'text', 5: 'Attribute', 7: 'text', 9: 'Entry' },
  Attribute: {
    1: 'text',
    4: 'text',
    5: 'Tensor',
    6: 'Graph',
    7: 'bytes',
    8: 'packed',
    10: 'Tensor',
    11: 'Graph',
    22: 'SparseTensor',
    23: 'SparseTensor',
  },
  Tensor: { 1: 'packed', 5: 'packed', 7: 'packed', 8: 'name', 9: 'bytes', 13: 'Entry' },
  SparseTensor: { 1: 'Tensor', 2: 'Tensor', 3: 'packed' },
  ValueInfo: { 1: 'name', 2: 'Type', 4: 'Entry' },
  Type: { 1: 'TensorType' },
  TensorType: { 2: 'Shape' },
  Shape: { 1: 'Dimension' },
  Dimension: { 2: 'text' },
  Entry: { 1: 'text', 2: 'text' },
  Opset: { 1: 'text' },
  Annotation: { 1: 'name', 2: 'Entry' },
  Function: { 1: 'text', 4: 'name', 5: 'name', 7: 'Node', 9: 'Opset', 10: 'text', 12: 'ValueInfo' },
};

/** Whether a field holds a message, and not text or numbers. */
export function isMessage(content: Content): content is MessageName {
  return content in MESSAGES;
}
