import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isReproErrorBase } from '@repro/bridge';
import { z } from 'zod';
import { defineReward, type RewardScore } from '../contract/reward.ts';
import { locatePythonSources } from '../environment/python-sources.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import { PluginFileError } from '../errors/plugin-file.ts';
import { bindConfig, type EntryPlace } from './bind-config.ts';
import type { FilePlugin } from './load-plugin-file.ts';
import { readPluginFile } from './plugin-file.ts';

const number = z.custom<number>((value) => typeof value === 'number');

const Config = z.strictObject({
  /** Python file of the function; what it imports is looked for beside it too. */
  file: z.string(),
  /** `def score(samples: list[RewardSample]) -> list[float | None]`: one score per sample, in order; None is unscored. */
  function: z.string().default('score'),
  /** Lowest and highest score that the function gives. */
  range: z
    .tuple([z.number(), z.number()])
    .refine(([lowest, highest]) => lowest < highest, 'expected [lowest, highest]')
    .default([0, 1]),
});

/** A text where something else than a list, or than a number in it, was answered: what it was. */
const ScoreOutput = z.strictObject({ scores: z.union([z.string(), z.array(z.union([number, z.null(), z.string()]))]) });

/** `{ use: python, file: ./my_reward.py, function: score }`: a reward that is one function of one Python file. */
export async function pythonReward(
  rawConfig: Readonly<Record<string, unknown>>,
  place: EntryPlace,
): Promise<FilePlugin<'reward'>> {
  const { file: written, function: name, range } = await bindConfig(Config, rawConfig, place);
  const path = [...place.path, 'file'];
  const at = { path, place: place.locate(path) };
  const file = await readPluginFile(written, at);

  const plugin = defineReward({
    specificationVersion: 'v1',
    kind: 'reward',
    name: nameOf(file.path),
    // Where the file lies is no part of what the scores depend on; what it holds is, as a version.
    configSchema: Config.transform(({ file: _place, ...rest }) => rest),
    range,
    reads: 'pair',
    handler: { file: pathToFileURL(join(locatePythonSources().packages, 'repro_worker', 'reward_file.py')) },

    async doScore(samples, { worker, abortSignal }) {
      const input = {
        file: file.path,
        sha256: file.sha256,
        function: name,
        samples: samples.map(({ id, original = '', rephrased, metadata }) => ({ id, original, rephrased, metadata })),
      };
      const { scores } = await worker.call('score', input, { output: ScoreOutput, abortSignal }).catch(blameFile);
      if (typeof scores === 'string') {
        throw answered('its answer', scores, 'a list with one number or None per sample');
      }
      return scores.map((score): RewardScore => {
        if (typeof score === 'string') {
          throw answered('a score', score, 'a number or None');
        }
        return score === null
          ? { outcome: 'unscored', reason: `${name} answered None` }
          : { outcome: 'scored', value: score };
      });
    },
  });
  return { plugin, file };

  function answered(what: string, found: string, expected: string): PluginContractError {
    return new PluginContractError({ plugin: `${file.path}: ${name}`, what, found, expected });
  }

  /** A file that cannot be used is a mistake at its place in the recipe. */
  function blameFile(error: unknown): never {
    if (!isReproErrorBase(error) || error.code !== 'REPRO_WORKER_IMPORT') {
      throw error;
    }
    const { traceback } = error as { traceback?: string };
    const problem = error.message.replace(`${file.path} `, '');
    const hint = problem.includes('No module named')
      ? 'Put the module beside the file, or set REPRO_PYTHON to an interpreter that has it and the packages of `repro env setup`.'
      : `Expected \`def ${name}(samples)\` with one number or None per sample, in a file that Python can import.`;
    throw new PluginFileError({ ...at, file: file.path, problem, hint, traceback, cause: error });
  }
}

/** `my_reward.py` is `my-reward` in tables; `as:` gives another name. */
function nameOf(file: string): string {
  const words =
    basename(file, extname(file))
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const name = words.join('-').replace(/^[^a-z]+/, '');
  return name === '' ? 'python' : name;
}
