import { parseWith } from '../spec/parse.js';
import { recordMetadataSchema, type RecordMetadata } from '../spec/record-metadata-schema.js';
import type { WithExtras } from './extra-outputs.js';
import type { RecordFields } from './feature-output.js';
import type { FeatureTensor, StageTensor } from './feature-tensor.js';

/**
 * What a record holds, without its elements: dtype, shape and layout of each field.
 *
 * The result is plain JSON that follows `recordMetadataSchema`; no element is read.
 *
 * @throws FeaturetapError `INPUT_INVALID` when the value is no record
 */
export function recordMetadata(record: Partial<RecordFields & WithExtras>): RecordMetadata {
  const { stages, unpooled, pooled, logits, extras } = record;
  const metadata = {
    ...(stages === undefined ? {} : { stages: stages.map(stageMetadata) }),
    ...(unpooled === undefined ? {} : { unpooled: unpooledMetadata(unpooled) }),
    ...(pooled === undefined ? {} : { pooled: tensorMetadata(pooled) }),
    ...(logits === undefined ? {} : { logits: tensorMetadata(logits) }),
    ...(extras === undefined ? {} : { extras: extrasMetadata(extras) }),
  };
  return parseWith(recordMetadataSchema, metadata, 'the record', 'INPUT_INVALID');
}

function tensorMetadata({ dtype, shape, layout }: FeatureTensor) {
  return { dtype, shape: [...shape], layout };
}

function stageMetadata(stage: StageTensor) {
  const { reduction } = stage;
  return { ...tensorMetadata(stage), ...(reduction === undefined ? {} : { reduction }) };
}

function unpooledMetadata(unpooled: RecordFields['unpooled']) {
  return 'data' in unpooled ? tensorMetadata(unpooled) : unpooled.map(tensorMetadata);
}

function extrasMetadata(extras: WithExtras['extras']) {
  return [...extras].map(([name, { dtype, shape }]) => ({ name, dtype, shape: [...shape] }));
}
