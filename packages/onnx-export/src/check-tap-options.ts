import {
  FeaturetapError,
  fieldNameSchema,
  parseWith,
  preprocessSpecSchema,
} from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';

/** Whether a value is what an option takes, and what that is, for messages. */
interface Rule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string';

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const listOf =
  (accepts: Rule['accepts']): Rule['accepts'] =>
  (value) =>
    Array.isArray(value) && value.every(accepts);

const oneOf = (...values: readonly string[]): Rule => ({
  expected: values.map((value) => `'${value}'`).join(' or '),
  accepts: (value) => values.includes(value as string),
});

const isNamedOutput = (value: unknown): boolean => {
  const { name, value: graphValue } = (isObject(value) ? value : {}) as Record<string, unknown>;
  return isText(name) && isText(graphValue);
};

const FIELDS: readonly string[] = fieldNameSchema.options;

/** Options of tapModel. */
const TAP_RULES = {
  fields: {
    expected: `a list of ${FIELDS.join(', ')}`,
    accepts: listOf((value) => FIELDS.includes(value as string)),
  },
  stages: { expected: 'a list of whole numbers', accepts: listOf(Number.isInteger) },
  dtype: oneOf('float32', 'float16'),
  reduce: oneOf('avg', 'max', 'none'),
  outputs: { expected: 'a list of { name, value }', accepts: listOf(isNamedOutput) },
  input: oneOf('uint8'),
  preprocess: { expected: 'a preprocessing spec', accepts: isObject },
  labels: { expected: 'a list of texts', accepts: listOf(isText) },
  sha256: { expected: 'a text', accepts: isText },
  weights: { expected: 'a plan of the weights', accepts: isObject },
} satisfies Record<string, Rule>;

/** Options of tapFile, which makes some of tapModel's itself. */
const FILE_RULES = {
  ...TAP_RULES,
  weights: oneOf('copy', 'link'),
  hash: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  architecture: { expected: 'the name of an architecture', accepts: isText },
  catalogue: { expected: 'a catalogue of architectures', accepts: isObject },
} satisfies Record<string, Rule>;

/** What is tapped: an open model, or a file. */
export type TapTarget = 'tapModel' | 'tapFile';

/**
 * Refuses options that do not exist or are of another kind: callers without types may give anything,
 * and a misspelt option would silently tap something else.
 *
 * @throws FeaturetapError `OPTION_INVALID`
 */
export function checkTapOptions(options: object, of: TapTarget): void {
  const rules: Readonly<Record<string, Rule>> = of === 'tapFile' ? FILE_RULES : TAP_RULES;
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      throw new FeaturetapError(
        'OPTION_INVALID',
        `options of ${of}: unknown option ${printableName(name)}; known options are ` +
          `${Object.keys(rules).join(', ')}.`,
      );
    }
    if (value === undefined || rule.accepts(value)) continue;
    throw new FeaturetapError(
      'OPTION_INVALID',
      `options of ${of}: expected ${name} to be ${rule.expected}, got ${kindOf(value)}.`,
    );
  }
  const { preprocess } = options as { preprocess?: unknown };
  if (preprocess === undefined) return;
  parseWith(preprocessSpecSchema, preprocess, `options of ${of}: preprocess`);
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return `"${printableName(value, 80)}"`;
  if (Array.isArray(value)) return `[${value.slice(0, 5).map(kindOf).join(', ')}]`;
  return isObject(value) ? 'an object' : String(value);
}
