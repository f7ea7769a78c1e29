import type { Contest } from './contest.js';
import {
  allCores,
  compare,
  entry,
  extractor,
  ONE_THREAD,
  PLAIN,
  tensor,
  type Setting,
} from './setting.js';

/** timm in PyTorch eager mode against a run of the same record, with one thread and with all cores. */
export function torchContest(setting: Setting): Contest {
  const { model, cores } = setting;
  const work = tensor(setting, 1);
  const layouts = cores === 1 ? [ONE_THREAD] : [ONE_THREAD, allCores(setting)];
  return {
    id: 'torch',
    title: 'timm in PyTorch eager mode, the same record from a ready tensor, batch 1',
    fresh: false,
    contestants: layouts.flatMap(({ id, title, count, options }) => [
      entry(
        `torch-${id}`,
        `timm, PyTorch eager, ${title}`,
        { kind: 'torch', name: model.architecture, threads: count },
        work,
      ),
      entry(
        `ours-${id}`,
        `\`run\`, all fields, ${title}`,
        extractor(setting, { ...options, ...PLAIN }),
        work,
      ),
    ]),
    comparisons: layouts.flatMap(({ id, title }) => [
      compare(`timm over \`run\`, ${title}, time`, 'time', [`torch-${id}`, `ours-${id}`]),
      compare(`timm over \`run\`, ${title}, processor time`, 'cpu', [`torch-${id}`, `ours-${id}`]),
    ]),
  };
}
