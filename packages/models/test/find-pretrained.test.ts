import { readFileSync } from 'node:fs';
import { FeaturetapError, preprocessSpecSchema } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { findPretrained, type PretrainedEntry, type PretrainedTag } from '../src/index.js';
import { ARCHITECTURES, TIMM_VERSION } from '../src/generated/pretrained.js';

/** Made by tools/python/make_pretrained_golden.py. */
interface Golden {
  readonly timm: string;
  readonly tags: number;
  readonly entries: Readonly<Record<string, PretrainedEntry>>;
}

const golden = JSON.parse(
  readFileSync(new URL('./fixtures/pretrained.json', import.meta.url), 'utf8'),
) as Golden;

const everyName = Object.entries(ARCHITECTURES).flatMap(([architecture, rows]) =>
  rows.map(([tag]) => `${architecture}.${tag}`),
);

function failure(name: string): FeaturetapError {
  try {
    findPretrained(name);
  } catch (error) {
    if (error instanceof FeaturetapError) return error;
  }
  throw new Error(`findPretrained('${name}') threw no FeaturetapError`);
}

describe('findPretrained', () => {
  it.each(Object.entries(golden.entries))('says of %s what timm says', (name, entry) => {
    expect(findPretrained(name)).toEqual(entry);
  });

  it('describes the version of timm that the golden was made with, with as many tags', () => {
    expect(TIMM_VERSION).toBe(golden.timm);
    expect(everyName).toHaveLength(golden.tags);
    expect(new Set(everyName).size).toBe(golden.tags);
  });

  it('gives every tag a valid preprocessing spec and its own name', () => {
    for (const name of everyName) {
      const entry = findPretrained(name);
      expect(entry.name).toBe(name);
      preprocessSpecSchema.parse(entry.preprocess);
      expect(entry.licence === null || typeof entry.licence === 'string').toBe(true);
    }
  });

  it('returns an entry of its own on each call', () => {
    findPretrained('resnet18.tv_in1k').preprocess.mean[0] = 99;
    expect(findPretrained('resnet18.tv_in1k').preprocess.mean[0]).toBe(0.485);
  });

  it('is typed: only names that timm lists are a PretrainedTag', () => {
    const right: PretrainedTag = 'resnet50.a1_in1k';
    // @ts-expect-error -- timm has no such weights
    const wrong: PretrainedTag = 'resnet50.a9_in1k';
    expect(findPretrained(right).name).toBe(right);
    expect(failure(wrong).code).toBe('UNKNOWN_NAME');
  });

  it('suggests the architectures nearest to an unknown one', () => {
    const error = failure('resnet_50.a1_in1k');
    expect(error.code).toBe('UNKNOWN_NAME');
    expect(error.message).toContain("got 'resnet_50.a1_in1k'; did you mean resnet50, ");
  });

  it('lists the tags of a known architecture, the nearest first', () => {
    expect(failure('resnet18.tv_ink').message).toMatch(/; resnet18 has resnet18\.tv_in1k, /);
  });

  it('counts the tags that a message leaves out', () => {
    expect(failure('resnet50.nothing').message).toMatch(/ and \d+ more\.$/);
  });

  it.each(['', '.', 'resnet50.', '.a1_in1k', 'constructor', '__proto__', 'toString.name'])(
    'does not know %j',
    (name) => {
      expect(failure(name).code).toBe('UNKNOWN_NAME');
    },
  );

  it('repeats only the start of a very long name, and does not compare it', () => {
    const error = failure('x'.repeat(1_000_000));
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).toContain('such as resnet50.a1_in1k');
  });
});
