import type {
  ArchitectureEntry,
  EntryOutline,
  FieldEntry,
  Layout,
  OperationKind,
} from '@featuretap/core/spec';
import type { ArchitectureRow } from './architecture-rows.js';
import { decodeRecipe, expandRecipes } from './decode-recipe.js';
import { HEADS, STAGES } from './generated/architectures.js';

/** `224` or `224x192`: height and width. */
function decodeSize(text: string): [number, number] {
  const [height = 0, width = height] = text.split('x').map(Number);
  return [height, width];
}

/** `64@112`, `64@7x9` or `192@14*12`: channels, height and width of stages. */
function decodeStageShapes(text: string): number[][] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [shape = '', repeats = '1'] = part.split('*');
      const [channels, size = ''] = shape.split('@');
      const dims = [Number(channels), ...decodeSize(size)];
      return Array.from({ length: Number(repeats) }, () => [...dims]);
    });
}

type Origin = Pick<FieldEntry, 'products' | 'operation'>;

const OPERATIONS: Readonly<Record<string, OperationKind>> = {
  '+': 'add',
  c: 'concat',
  '*': 'multiply',
  w: 'product',
  n: 'normalize',
  p: 'pool',
  a: 'activate',
  o: 'other',
};

/** `19+`: products that a value depends on, and the operation it ends in. */
function decodeOrigin(text = ''): Origin {
  return {
    products: Number(text.slice(0, -1)),
    operation: OPERATIONS[text.slice(-1)] ?? 'other',
  };
}

function stageEntries(
  [recipes, foldable]: (typeof STAGES)[number],
  shapes: number[][],
  origins: readonly string[],
): FieldEntry[] {
  return expandRecipes(recipes).map((recipe, i) => ({
    recipe: decodeRecipe(recipe),
    shape: shapes[i] ?? [],
    layout: 'NCHW',
    foldable: foldable.includes(i),
    ...decodeOrigin(origins[i]),
  }));
}

/** What tells at first sight that an entry does not fit, by the row's indices of stages and head. */
export function decodeOutline(stages: number, head: number): EntryOutline {
  // The generator writes tables and indices together; a test reads every row.
  const last = expandRecipes(STAGES[stages]![0]).at(-1);
  const [, , classifiers] = HEADS[head]!;
  return {
    lastStage: last === undefined ? null : decodeRecipe(last),
    hasClassifier: classifiers.length > 0,
  };
}

/** The entry that a row of the generated table stands for. */
export function decodeArchitecture(family: string, row: ArchitectureRow): ArchitectureEntry {
  const [id, size, stages, head, shapes, signature, shapeSignature, origins, ...rest] = row;
  const [prefixTokens = 0, classes = 1000] = rest;
  // The generator writes tables and indices together; a test reads every row.
  const [unpooled, pooled, classifiers] = HEADS[head]!;
  const [stageShapes = '', unpooledShapes = '', width = ''] = shapes.split('|');
  const [stageOrigins = [], unpooledOrigins = [], [pooledOrigin] = []] = origins
    .split('|')
    .map((group) => group.split(' '));
  const inputSize = decodeSize(size.replace('!', ''));
  const stageList = stageEntries(STAGES[stages]!, decodeStageShapes(stageShapes), stageOrigins);
  const branches = unpooledShapes.split(' ').map((text) => text.split(':'));
  return {
    id,
    family,
    inputSize,
    fixedInputSize: size.endsWith('!'),
    classes,
    prefixTokens,
    classifiers: [...classifiers],
    stages: stageList,
    reductions: stageList.map(({ shape }) => inputSize[0] / (shape[1] ?? 1)),
    unpooled: unpooled.map((recipe, i): FieldEntry => {
      const [layout = '', shape = ''] = branches[i] ?? [];
      return {
        recipe: decodeRecipe(recipe),
        shape: shape.split('x').map(Number),
        layout: layout as Layout,
        foldable: false,
        ...decodeOrigin(unpooledOrigins[i]),
      };
    }),
    pooled:
      pooled === null
        ? null
        : {
            recipe: decodeRecipe(pooled),
            shape: [Number(width)],
            layout: 'NC',
            foldable: false,
            ...decodeOrigin(pooledOrigin),
          },
    signature,
    shapeSignature,
  };
}
