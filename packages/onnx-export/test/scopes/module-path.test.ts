import { describe, expect, it } from 'vitest';
import { dynamoPath, torchScriptPath } from '../../src/scopes/module-path.js';
import { parseNameScopes } from '../../src/scopes/parse-name-scopes.js';

describe('torchScriptPath', () => {
  it.each([
    ['/layer1/layer1.0/conv1/Conv', 'layer1.0.conv1'],
    ['/blocks/blocks.0/blocks.0.0/conv_dw/Conv', 'blocks.0.0.conv_dw'],
    ['/layer2/layer2.0/downsample/downsample.0/Conv', 'layer2.0.downsample.0'],
    ['/layer1/layer1.0/Add', 'layer1.0'],
    ['/Gather_2', ''],
  ])('folds %s to %s', (name, path) => {
    expect(torchScriptPath(name)?.join('.')).toBe(path);
  });

  it('knows nothing of other names', () => {
    expect(torchScriptPath('Conv_0')).toBeNull();
    expect(torchScriptPath('')).toBeNull();
  });
});

describe('dynamoPath', () => {
  it('takes the module before the traced operation', () => {
    expect(dynamoPath("['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d_1']")).toEqual([
      'layer1',
      '0',
      'conv1',
    ]);
    expect(dynamoPath("['', 'select']")).toEqual([]);
  });
});

describe('parseNameScopes', () => {
  it.each(['', '[', "['a'", "['a' 'b']", "__import__('os')", "['a', 1]", "['a',]"])(
    'refuses %s',
    (repr) => {
      expect(parseNameScopes(repr)).toBeNull();
    },
  );

  it('reads quotes of both kinds and escapes', () => {
    expect(parseNameScopes(`['a', "it's", 'b\\'c']`)).toEqual(['a', "it's", "b'c"]);
    expect(parseNameScopes('[]')).toEqual([]);
  });
});
