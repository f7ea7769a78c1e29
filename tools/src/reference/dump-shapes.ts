// Prints the shapes that are inferred for every value of the models named on standard input, one JSON
// document a line; check_shapes.py compares them with onnxruntime's.
import { createInterface } from 'node:readline';
import { openFileSource } from '@featuretap/core/node';
import { inferValueShapes, readModel } from '@featuretap/onnx-export';

for await (const file of createInterface({ input: process.stdin })) {
  await using source = await openFileSource(file);
  const shapes = inferValueShapes(await readModel(source));
  console.log(JSON.stringify(Object.fromEntries(shapes)));
}
