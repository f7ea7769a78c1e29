import { DATA_TYPE } from '../proto/fields.js';
import type { NewInitializer } from './graph-edit.js';

/** A small int64 constant: a list, or a scalar. */
export function int64Initializer(name: string, values: readonly number[] | number): NewInitializer {
  const list = typeof values === 'number' ? [values] : values;
  const view = new DataView(new ArrayBuffer(8 * list.length));
  list.forEach((value, i) => {
    view.setBigInt64(8 * i, BigInt(value), true);
  });
  return {
    name,
    dims: typeof values === 'number' ? [] : [list.length],
    dataType: DATA_TYPE.int64,
    raw: new Uint8Array(view.buffer),
  };
}
