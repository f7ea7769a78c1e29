export { findPretrained } from './find-pretrained.js';
export type { PretrainedEntry } from './pretrained-entry.js';
export type { PretrainedTag } from './generated/pretrained-tag.js';

export { imagenet1kLabels } from './generated/imagenet-1k.js';

export { findArchitecture } from './find-architecture.js';
export { timmCatalogue } from './timm-catalogue.js';
export type { ArchitectureId } from './generated/architecture-id.js';
