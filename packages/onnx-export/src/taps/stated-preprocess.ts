import { FeaturetapError, preprocessSpecSchema, type PreprocessSpec } from '@featuretap/core/spec';
import type { Model } from '../proto/model.js';

/** Key of `metadata_props` under which `featuretap export` keeps timm's configuration, as JSON. */
const CONFIG_KEY = 'featuretap.pretrained_cfg';

/** Longest configuration that is parsed, characters; timm's are below 2,000. */
const MAX_LENGTH = 1 << 16;

function parseJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = text.length > MAX_LENGTH ? null : JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/**
 * How images become the input, from the configuration that `featuretap export` left in the file;
 * null when there is none.
 *
 * Source: timm 1.0.31, `timm/data/config.py`, `resolve_data_config`.
 *
 * @throws FeaturetapError `MODEL_MALFORMED` when the configuration is not timm's.
 */
export function statedPreprocess(model: Model): PreprocessSpec | null {
  const text = model.metadata.find(({ key }) => key === CONFIG_KEY)?.value;
  if (text === undefined) return null;
  const config = parseJson(text);
  const spec = preprocessSpecSchema.safeParse({
    inputSize: config?.input_size,
    interpolation: config?.interpolation,
    cropPct: config?.crop_pct,
    cropMode: config?.crop_mode ?? 'center',
    mean: config?.mean,
    std: config?.std,
  });
  if (spec.success) return spec.data;
  const [issue] = spec.error.issues;
  throw new FeaturetapError(
    'MODEL_MALFORMED',
    `Expected timm's preprocessing in the model's metadata under ${CONFIG_KEY}, ` +
      `got a wrong ${issue?.path.join('.') ?? 'document'}. Export the model again.`,
  );
}
