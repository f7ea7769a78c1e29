// Values that have broken readers of ONNX, protobuf, JSON and file names.
import type { Random } from './random.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Numbers at the edges of 8, 32, 53 and 64 bits. */
export const EDGE_NUMBERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  4n,
  7n,
  64n,
  127n,
  128n,
  255n,
  256n,
  257n,
  65_535n,
  65_536n,
  1n << 31n,
  (1n << 31n) - 1n,
  1n << 32n,
  (1n << 32n) - 1n,
  1n << 53n,
  (1n << 53n) - 1n,
  1n << 62n,
  1n << 63n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
  (1n << 64n) - 2n,
  (1n << 64n) - 5n,
  (1n << 64n) - 256n,
  1n << 40n,
];

const NAMES: readonly Uint8Array[] = [
  text(''),
  text('__proto__'),
  text('constructor'),
  text('hasOwnProperty'),
  text('toString'),
  text('0'),
  text('495'),
  text('-1'),
  text('4294967295'),
  text('NaN'),
  text('\u0000'),
  text('a\u0000b'),
  text('line\nbreak\r\u001b[31mred\u001b[0m\u0007'),
  text('\u202egnp.exe\u2066'),
  text('\ufeffname'),
  text('\u00c5'),
  text('A\u030a'),
  text('💥'.repeat(40)),
  text('stages.0'),
  text('pooled'),
  text('unpooled'),
  text('featuretap/stages.0/Transpose'),
  text('featuretap'),
  text('../../../etc/passwd'),
  text('/a/a.0/a.0.0/a.0.0.0/Conv_output_0'),
  text('/'.repeat(500)),
  text('a.'.repeat(500)),
  text("['', 'layer1', 'layer1.0"),
  text('${7*7}{{7*7}}%s%n'),
  text('"}],"x":[{'),
  Uint8Array.of(0xff),
  Uint8Array.of(0xc0, 0x80),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
  Uint8Array.of(0x61, 0x80, 0x62),
  Uint8Array.of(0xe2, 0x82),
];

/** Bytes of a name that is long enough to be felt. */
const LONG_NAME_BYTES = 1_000_000;

/** A name that no exporter writes; about one in 200 is a megabyte long. */
export function hostileName(random: Random): Uint8Array {
  if (!random.oneIn(200)) return random.pick(NAMES);
  return new Uint8Array(LONG_NAME_BYTES).fill(random.pick([0x61, 0x2f, 0x2e, 0x80, 0xff, 0x5f]));
}

const LOCATIONS: readonly string[] = [
  '',
  '.',
  '..',
  '../model.data',
  'a/../../model.data',
  'a/./../..//model.data',
  '..\\model.data',
  '/etc/passwd',
  '//server/share/model.data',
  '\\\\server\\share\\model.data',
  'C:\\model.data',
  'C:model.data',
  '\\\\?\\C:\\model.data',
  'model.data\u0000.png',
  'file:///etc/passwd',
  'http://localhost/model.data',
  '/proc/self/mem',
  '/proc/self/fd/0',
  'proc/self/mem',
  '/dev/zero',
  '/dev/stdin',
  'CON',
  'model.data:stream',
  '*/_ORT_MEM_ADDR_/*',
  '__proto__',
  'external.onnx.data',
  'x'.repeat(5000),
  '\u2024\u2024/model.data',
];

const COUNTS: readonly string[] = [
  '',
  '0',
  '-1',
  '+1',
  ' 1',
  '1.5',
  '1e3',
  '0x10',
  'NaN',
  'Infinity',
  '-0',
  '00',
  '٣',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551616',
  '9'.repeat(400),
  '864',
  '2012',
];

const KEYS: readonly string[] = [
  'location',
  'offset',
  'length',
  'checksum',
  'basepath',
  'prepacked',
  '__proto__',
  '',
];

/** An entry of `external_data`: mostly a known key with a value that it must not have. */
export function externalEntry(random: Random): [key: string, value: string] {
  const key = random.pick(KEYS);
  return [key, random.pick(key === 'offset' || key === 'length' ? COUNTS : LOCATIONS)];
}
