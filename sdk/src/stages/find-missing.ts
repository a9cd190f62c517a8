import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { howToType } from '@repro/bridge';
import { execa } from 'execa';
import { findEnvironment } from '../environment/find-environment.ts';
import { locatePythonSources } from '../environment/python-sources.ts';
import { type TrainPairs, type TrainStage, trainStagesOf } from '../recipe/train-schema.ts';
import type { Session } from '../session/open-session.ts';

/** Something that a run needs and that is not here, and what that means. */
export interface Missing {
  readonly what: string;
  readonly found: string;
}

/** What a run would miss on this machine, as far as that can be seen without starting a worker. */
export async function findMissing(session: Session): Promise<readonly Missing[]> {
  const { recipe } = session;
  const python = process.env.REPRO_PYTHON ?? findEnvironment()?.python;
  const models = Object.entries(recipe.models).flatMap(([name, { path, chatTemplate }]) => [
    ...problemsOfModel(`model ${name}`, path),
    ...(chatTemplate === undefined || existsSync(chatTemplate)
      ? []
      : [{ what: `chat template of model ${name}`, found: `there is no file ${chatTemplate}` }]),
  ]);
  const requirements = requirementsOf(session);
  models.push(...missingForTraining(session));
  const needsPython = Object.keys(recipe.models).length > 0 || requirements.length > 0;
  if (python === undefined || !existsSync(python)) {
    const found = `absent; \`${howToType('env setup')}\` makes it`;
    return needsPython ? [...models, { what: 'Python environment', found }] : models;
  }
  return [...models, ...(await unmetRequirements(python, requirements))];
}

/** What a recipe may plan with and this release does not do yet, and pairs that are not there. */
function missingForTraining({ recipe }: Session): readonly Missing[] {
  return trainStagesOf(recipe).flatMap((stage) => [
    ...missingHardware(stage),
    ...(stage.algorithm === 'sft' ? missingPairs(stage.pairs) : []),
  ]);
}

function missingHardware({ algorithm, hardware: { vllm, parallel } }: TrainStage): readonly Missing[] {
  return [
    ...(vllm === undefined ? [] : [{ what: `train ${algorithm}`, found: 'rollouts by vLLM are not in this release' }]),
    ...(parallel === 'ddp'
      ? []
      : [{ what: `train ${algorithm}`, found: `parallel: ${parallel} is not in this release` }]),
  ];
}

function missingPairs({ path, run }: TrainPairs): readonly Missing[] {
  const what = 'pairs of train sft';
  if (path !== undefined && !existsSync(path)) {
    return [{ what, found: `there is no file ${path}` }];
  }
  return run !== undefined && !existsSync(join(run, 'run.json'))
    ? [{ what, found: `${run} is not a run folder: it has no run.json` }]
    : [];
}

function problemsOfModel(what: string, path: string): readonly Missing[] {
  if (path.startsWith('builtin:') || existsSync(join(path, 'config.json'))) {
    return [];
  }
  if (path.startsWith('/') || existsSync(path)) {
    return [{ what, found: `there is no config.json in ${path}` }];
  }
  const hub = process.env.HF_HUB_CACHE ?? join(process.env.HF_HOME ?? join(homedir(), '.cache/huggingface'), 'hub');
  return existsSync(join(hub, `models--${path.replaceAll('/', '--')}`))
    ? []
    : [{ what, found: `${path} is not in ${hub}; the run fetches it first` }];
}

function requirementsOf({ rewards, rephraser }: Session): readonly string[] {
  const bound = rephraser === undefined ? [] : 'by' in rephraser ? rephraser.cases.map(({ to }) => to) : [rephraser];
  const plugins = [...rewards, ...bound.filter((one) => typeof one === 'object')].map(({ plugin }) => plugin);
  return [...new Set(plugins.flatMap(({ handler }) => handler?.requires ?? []))];
}

const probe = `
import json, sys
from repro_worker.requirements import find_problem
json.dump([problem for requirement in json.load(sys.stdin) if (problem := find_problem(requirement))], sys.stdout)
`;

async function unmetRequirements(python: string, requirements: readonly string[]): Promise<readonly Missing[]> {
  if (requirements.length === 0) {
    return [];
  }
  const { stdout } = await execa(python, ['-c', probe], {
    input: JSON.stringify(requirements),
    env: { PYTHONPATH: locatePythonSources().packages, PYTHONNOUSERSITE: '1', PYTHONSAFEPATH: '1' },
    timeout: 60_000,
  });
  return (JSON.parse(stdout) as string[]).map((found) => ({ what: 'Python package', found }));
}
