import { fieldNameSchema, FeaturetapError, type FieldName } from '@featuretap/core/spec';
import { InvalidArgumentError, Option } from 'commander';

/** Parses `--fields pooled,logits`. */
export function parseFields(text: string): FieldName[] {
  return text.split(',').map((name) => {
    const field = fieldNameSchema.safeParse(name.trim());
    if (field.success) return field.data;
    throw new InvalidArgumentError(
      `Expected ${fieldNameSchema.options.join(', ')}; got "${name}".`,
    );
  });
}

/** Parses `--stages 1,2,-1`. */
export function parseStages(text: string): number[] {
  return text.split(',').map((part) => {
    const index = Number(part.trim());
    if (part.trim() !== '' && Number.isInteger(index)) return index;
    throw new InvalidArgumentError(`Expected whole numbers with commas, got "${text}".`);
  });
}

/** Parses one `--output NAME=VALUE` and adds it to those before. */
export function collectOutput(
  text: string,
  before: readonly { name: string; value: string }[] = [],
): { name: string; value: string }[] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new InvalidArgumentError(`Expected NAME=VALUE, got "${text}".`);
  }
  return [...before, { name: text.slice(0, at), value: text.slice(at + 1) }];
}

/** Parses a positive whole number. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError(`Expected a whole number above 0, got "${text}".`);
}

/** Parses a tolerance. */
export function parseTolerance(text: string): number {
  const tolerance = Number(text);
  if (text.trim() !== '' && Number.isFinite(tolerance) && tolerance >= 0) return tolerance;
  throw new InvalidArgumentError(`Expected a number that is 0 or more, got "${text}".`);
}

/** Refuses two options that exclude each other or miss each other. */
export function usageError(message: string): FeaturetapError {
  return new FeaturetapError('OPTION_INVALID', message);
}

/** `--weights copy|link` */
export function weightsOption(): Option {
  return new Option(
    '--weights <mode>',
    'copy them, or write a few kilobytes that refer to the original beside it',
  )
    .choices(['copy', 'link'])
    .default('copy');
}

/** `--no-sync` */
export function noSyncOption(): Option {
  return new Option(
    '--no-sync',
    'do not wait until the disk has the file; a power failure soon after may lose it',
  );
}

/** Parses `--from a,b` or a repeated option and adds it to those before. */
export function collectValues(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
