import { rm } from 'node:fs/promises';
import { isFeaturetapError } from '@featuretap/core/spec';
import { openFileSource } from '@featuretap/core/node';
import { timmCatalogue } from '@featuretap/models';
import { planTaps, readModel } from '@featuretap/onnx-export';
import { tapFile } from '@featuretap/onnx-export/node';
import { claimsOf, silentAbsences, type Claim } from './claims.js';
import { doubtsOf, judgeGraph } from './judge-graph.js';
import { judgeShapes } from './judge-shapes.js';
import type { RefusalCase } from './refusal-case.js';
import { runFile } from './run-file.js';

/** What came of one file. */
export interface CaseResult {
  /** The answer: the code of the refusal, or the fields found and the reasons of the others. */
  readonly answer: string;
  /** What is wrong with it, one line each. */
  readonly wrong: readonly string[];
  /** What is doubtful, one line each. */
  readonly doubts: readonly string[];
}

function describe(claims: readonly Claim[], architecture: string | null): string {
  const stages = claims.filter(({ field }) => field === 'stages');
  const others = claims.filter(({ field }) => field !== 'stages');
  const found = [
    ...(stages.length > 0 ? [`${stages.length} stages`] : []),
    ...others.map(({ key, plan }) => `${key} [${plan.shape.join(', ')}]`),
  ];
  const name = architecture === null ? '' : `taken for ${architecture}: `;
  return name + (found.length > 0 ? found.join(', ') : 'no field');
}

async function checkPlan(one: RefusalCase, file: string): Promise<CaseResult> {
  await using source = await openFileSource(file);
  const model = await readModel(source);
  const plan = planTaps(model, { catalogue: timmCatalogue });
  const claims = claimsOf(plan);
  const { refusal, may = [], must = [] } = one.expect;
  const wrong = silentAbsences(plan).map((key) => `${key}: absent without a reason`);
  if (refusal !== undefined) wrong.push(`expected a refusal, ${refusal}`);
  for (const { field, key, plan: found } of claims) {
    if (may.includes(field)) continue;
    const made = `${found.value} [${found.shape.join(', ')}], by ${found.evidence}`;
    wrong.push(`${key}: ${made}, but a network for ${one.kind} has none`);
  }
  for (const field of must) {
    if (!claims.some((claim) => claim.field === field)) wrong.push(`${field}: not found`);
  }
  wrong.push(...judgeGraph(model, plan.input.name, claims));
  if (claims.length > 0) {
    const tapped = `${file}.refusals.taps.onnx`;
    try {
      const { manifest } = await tapFile(file, tapped, { catalogue: timmCatalogue });
      wrong.push(...judgeShapes(one, manifest, claims, await runFile(tapped, one.inputs)));
    } catch (error) {
      wrong.push(`the tapped file cannot be made or run: ${String(error).split('\n')[0] ?? ''}`);
    } finally {
      await rm(tapped, { force: true });
    }
  }
  return { answer: describe(claims, plan.architecture), wrong, doubts: doubtsOf(model, claims) };
}

/** Asks for the fields of a file and judges the answer, claim by claim. */
export async function checkCase(one: RefusalCase): Promise<CaseResult> {
  if (one.file === undefined) {
    return { answer: 'not exported', wrong: [one.error ?? 'no file'], doubts: [] };
  }
  try {
    return await checkPlan(one, one.file);
  } catch (error) {
    // A crash is no refusal: only the error that was announced counts.
    if (!isFeaturetapError(error)) throw error;
    const { code, message } = error;
    const isExpected = code === one.expect.refusal;
    return {
      answer: code,
      wrong: isExpected ? [] : [`refused with ${code}: ${message}`],
      doubts: [],
    };
  }
}
