/** A protobuf field that holds bytes; short ones only. */
function field(number: number, ...parts: (string | Uint8Array)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.of((number << 3) | 2, content.length), content]);
}

function integer(number: number, value: number): Buffer {
  return Buffer.of(number << 3, value);
}

/** ValueInfoProto of a float32 matrix. */
function matrix(name: string): Buffer {
  const shape = field(2, field(1, field(2, 'rows')), field(1, integer(1, 64)));
  return Buffer.concat([field(1, name), field(2, field(1, integer(1, 1), shape))]);
}

/** A valid ONNX model, y = Relu(input), that takes a matrix and no image. */
export function noImageModel(inputName: string): Buffer {
  const node = field(1, field(1, inputName), field(2, 'y'), field(4, 'Relu'));
  const graph = [node, field(2, 'g'), field(11, matrix(inputName)), field(12, matrix('y'))];
  return Buffer.concat([integer(1, 8), field(7, ...graph), field(8, integer(2, 17))]);
}
