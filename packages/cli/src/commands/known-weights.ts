import { isFeaturetapError, type PreprocessSpec } from '@featuretap/core/spec';

/** Name of the built-in list of ImageNet-1k class names. */
export const IMAGENET_1K = 'imagenet-1k';

/** Class names from a file, or the built-in list. */
export async function labelsOf(source: string): Promise<readonly string[]> {
  if (source === IMAGENET_1K) return (await import('@featuretap/models')).imagenet1kLabels;
  return (await import('@featuretap/core')).readLabels(source);
}

/** What timm's weights say of a model, and their full name. */
export interface KnownWeights {
  /** Architecture and tag. */
  readonly name: string;
  /** Architecture. */
  readonly architecture: string;
  /** How images become the input. */
  readonly preprocess: PreprocessSpec;
}

async function lookUp(tag: string): Promise<KnownWeights> {
  const { findPretrained } = await import('@featuretap/models');
  return findPretrained(tag);
}

/** Whether images that are preprocessed so have the height and width that the model takes. */
async function fits(model: string, { inputSize }: PreprocessSpec): Promise<boolean> {
  const { inspectFile } = await import('@featuretap/onnx-export/node');
  const { shape, layout } = (await inspectFile(model)).plan.input;
  const wanted = layout === 'NHWC' ? [...inputSize.slice(1), inputSize[0]] : inputSize;
  return shape.slice(1).every((dim, i) => typeof dim === 'string' || dim === wanted[i]);
}

/** Preprocessing of the weights that were named, or of an architecture's default weights. */
export async function knownWeights(
  model: string,
  { pretrained, arch }: { readonly pretrained?: string; readonly arch?: string },
): Promise<KnownWeights | null> {
  if (pretrained !== undefined) return lookUp(pretrained);
  if (arch === undefined) return null;
  const known = await lookUp(arch).catch((error: unknown) => {
    // An architecture of timm without pretrained weights says nothing of preprocessing.
    if (isFeaturetapError(error) && error.code === 'UNKNOWN_NAME') return null;
    throw error;
  });
  return known !== null && (await fits(model, known.preprocess)) ? known : null;
}
