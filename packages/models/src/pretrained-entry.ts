import type { PreprocessSpec } from '@featuretap/core/spec';
import type { PretrainedTag } from './generated/pretrained-tag.js';

/** What timm says of one set of pretrained weights. */
export interface PretrainedEntry {
  /** Full name, `architecture.tag`. */
  readonly name: PretrainedTag;
  /** timm's name of the architecture, such as `resnet50`. */
  readonly architecture: string;
  /** timm's name of the weights, such as `a1_in1k`. */
  readonly tag: string;
  /**
   * How an image becomes the input tensor, at the size that the weights were trained for.
   *
   * Source: timm 1.0.31, `timm/data/config.py`, `resolve_data_config` without `use_test_size`.
   */
  readonly preprocess: PreprocessSpec;
  /** Length of the logits; 0 when the weights come without a classifier. */
  readonly numClasses: number;
  /** Licence of the weights as timm names it, such as `apache-2.0`; null when timm names none. */
  readonly licence: string | null;
  /** Repository on the Hugging Face hub, such as `timm/resnet50.a1_in1k`; null when not there. */
  readonly hfHubId: string | null;
}
