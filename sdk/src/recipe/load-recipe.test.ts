import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecipeError } from '../errors/recipe.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { loadRecipe } from './load-recipe.ts';
import type { RecipeInput } from './recipe-schema.ts';

/** Loads `recipe.yaml` of a folder with these files. */
async function load(files: Readonly<Record<string, string>>, set: readonly string[] = []) {
  const folder = await writeFolder(files);
  const recipe = await loadRecipe(join(folder, 'recipe.yaml'), { set, folder: join(folder, 'here') });
  return { folder, recipe };
}

/** `line:column: path: message` of every problem. */
async function problemsOf(files: Readonly<Record<string, string>> | string, set: readonly string[] = []) {
  const loading = load(typeof files === 'string' ? { 'recipe.yaml': files } : files, set);
  const error = await loading.then(
    () => expect.unreachable(),
    (found: RecipeError) => found,
  );
  expect(error.code).toBe('REPRO_RECIPE');
  return error.problems.map(
    ({ path, place, message }) => `${place?.line ?? '-'}:${place?.column ?? '-'}: ${path.join('.')}: ${message}`,
  );
}

const minimal = 'name: demo\n';

it('fills in every default', async () => {
  const { recipe, folder } = await load({ 'recipe.yaml': `${minimal}rewards:\n  - use: length\nrecycle: {}\n` });
  expect(recipe).toMatchObject({
    version: 1,
    name: 'demo',
    seed: 0,
    plugins: ['@repro/plugins'],
    models: {},
    onRejected: { retry: 1 },
    rewards: [{ use: 'length', weight: 1, share: 1 }],
    recycle: { maxQuarantinedShare: 0.1 },
    folder,
    file: join(folder, 'recipe.yaml'),
  });
  expect(recipe.score).toBeUndefined();
});

describe('a mistake', () => {
  it('in a key is named with line, column and the nearest key', async () => {
    expect(await problemsOf('name: demo\nrewards:\n  - use: length\n    wieght: 2\nrephrasr: {}\n')).toEqual([
      '5:1: rephrasr: "rephrasr" is not a key here; did you mean "rephraser"?',
    ]);
    expect(await problemsOf('name: demo\nmodels:\n  small:\n    path: x\n    replcas: 2\n')).toEqual([
      '5:5: models.small.replcas: "replcas" is not a key here; did you mean "replicas"?',
    ]);
    expect(await problemsOf(`${minimal}onRejected: { retry: 1, colour: red }\n`)).toEqual([
      '2:25: onRejected.colour: "colour" is not a key here; keys: retry, then',
    ]);
  });

  it('is every one that there is', async () => {
    expect(await problemsOf('name: "a b"\nseed: 1.5\nrewards: [{ use: length, share: 2 }]\n')).toEqual([
      '1:1: name: expected letters, digits, ".", "_" and "-"',
      expect.stringMatching(/^2:1: seed: .*int/),
      expect.stringMatching(/^3:26: rewards.0.share: .*<=1/),
    ]);
  });

  it('of a stage that is not built is an unknown key', async () => {
    expect(await problemsOf(`${minimal}mix: {}\n`)).toEqual([
      expect.stringMatching(/^2:1: mix: "mix" is not a key here/),
    ]);
  });

  it('in a prototype key is named like any other', async () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      expect(await problemsOf(`${minimal}${key}: { x: 1 }\n`), key).toEqual([
        expect.stringContaining(`2:1: ${key}: "${key}" is not a key here`),
      ]);
      expect(await problemsOf(`${minimal}recycle: { ${key}: 1 }\n`), key).toEqual([
        expect.stringContaining(`2:12: recycle.${key}: "${key}" is not a key here`),
      ]);
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('that leaves something out says what is missing', async () => {
    expect(await problemsOf('seed: 1\n')).toEqual(['1:1: name: is missing, expected string']);
    expect(await problemsOf(`${minimal}dataset: { path: x }\n`)).toEqual([
      '2:1: dataset.use: expected the name of a plugin',
    ]);
  });

  it('in a value with several forms names them all', async () => {
    expect(await problemsOf(`${minimal}rewards: [{ use: a, threshold: high }]\n`)).toEqual([
      '2:21: rewards.0.threshold: expected number, received string, or expected "none"',
    ]);
    expect(await problemsOf(`${minimal}rewards: [{ use: a, timeout: 30 }]\n`)).toEqual([
      '2:21: rewards.0.timeout: expected a number and a unit, as in 30s, 10m or 1.5h',
    ]);
    expect(await problemsOf(`${minimal}models: { "a b": { path: x } }\n`)).toEqual([
      '2:11: models.a b: as a name: expected letters, digits, ".", "_" and "-"',
    ]);
  });

  it('in a route is read as one in a route, and in a rephraser as one there', async () => {
    expect(await problemsOf(`${minimal}rephraser:\n  route: { by: { use: a }, casse: [] }\n`)).toEqual([
      '3:3: rephraser.route.cases: is missing, expected array',
      '3:28: rephraser.route.casse: "casse" is not a key here; did you mean "cases"?',
    ]);
    expect(await problemsOf(`${minimal}rephraser: { use: a, sampling: { temprature: 1 } }\n`)).toEqual([
      '2:34: rephraser.sampling.temprature: "temprature" is not a key here; did you mean "temperature"?',
    ]);
  });

  it('in a training is read as one of its algorithm, alone or in a list', async () => {
    expect(await problemsOf(`${minimal}train: { algorithm: sft, pairs: { path: x }, stepz: 3 }\n`)).toEqual([
      '2:46: train.stepz: "stepz" is not a key here; did you mean "steps"?',
    ]);
    expect(await problemsOf(`${minimal}train:\n  - algorithm: grpo\n    objective: { bata: 3 }\n`)).toEqual([
      '4:18: train.0.objective.bata: "bata" is not a key here; did you mean "beta"?',
    ]);
    expect(await problemsOf(`${minimal}train: { algorithm: ppo }\n`)).toEqual([
      '2:10: train.algorithm: expected "algorithm: grpo" or "algorithm: sft"',
    ]);
    expect(await problemsOf(`${minimal}train: [{ algorithm: grpo }, { algorithm: grpo }]\n`)).toEqual([
      '2:1: train: expected each algorithm once',
    ]);
    expect(await problemsOf(`${minimal}train: { algorithm: grpo, rollouts: 1 }\n`)).toEqual([
      '2:27: train.rollouts: expected 2 or more: a rollout is compared with others of its passage',
    ]);
  });

  it('in the YAML itself has its place', async () => {
    expect(await problemsOf('name: demo\nseed: [1\n')).toEqual([expect.stringMatching(/^\d:\d+: : /)]);
    expect(await problemsOf('name: demo\nname: twice\n')).toEqual([expect.stringMatching(/^2:1: : .*unique/)]);
    expect(await problemsOf('- a\n')).toEqual(['1:1: : found a list, expected keys such as "name:" and "dataset:"']);
    expect(await problemsOf('')).toEqual(['1:1: : found nothing, expected keys such as "name:" and "dataset:"']);
  });

  it('in the path of the recipe says which file cannot be read', async () => {
    expect(await problemsOf({ 'other.yaml': '' })).toEqual([expect.stringMatching(/recipe\.yaml cannot be read/)]);
  });
});

describe('extends', () => {
  it('merges maps key by key, replaces lists, and the nearer file wins', async () => {
    const { recipe } = await load({
      'bases/far.yaml': 'name: far\nseed: 1\nmodels: { small: { path: far } }\n',
      'bases/near.yaml':
        'extends: far.yaml\nseed: 2\nmodels: { small: { replicas: 2 }, judge: { path: judge } }\nrewards: [{ use: a }, { use: b }]\n',
      'recipe.yaml': 'extends: ./bases/near.yaml\nname: own\nrewards: [{ use: c }]\n',
    });
    expect(recipe).toMatchObject({
      name: 'own',
      seed: 2,
      models: { small: { path: 'far', replicas: 2 }, judge: { path: 'judge' } },
      rewards: [{ use: 'c' }],
    });
    expect(recipe.rewards).toHaveLength(1);
  });

  it('gives each mistake its own file', async () => {
    const folder = await writeFolder({ 'base.yaml': 'name: demo\nsed: 1\n', 'recipe.yaml': 'extends: base.yaml\n' });
    await expect(loadRecipe(join(folder, 'recipe.yaml'))).rejects.toThrow(
      `${join(folder, 'base.yaml')}:2:1: sed: "sed" is not a key here; did you mean "seed"?`,
    );
  });

  it('in a circle, of a number or in an object is refused', async () => {
    expect(await problemsOf({ 'recipe.yaml': 'extends: b.yaml\n', 'b.yaml': 'extends: recipe.yaml\n' })).toEqual([
      expect.stringContaining('a circle'),
    ]);
    expect(await problemsOf('extends: 1\n')).toEqual(['1:1: extends: found number, expected the path of a recipe']);
    expect(await problemsOf(minimal, ['extends=b.yaml'])).toEqual([expect.stringContaining('only a recipe file can')]);
    await expect(loadRecipe({ name: 'a', extends: 'b.yaml' } as RecipeInput)).rejects.toMatchObject({
      code: 'REPRO_RECIPE',
    });
  });
});

describe('--set', () => {
  const rewards = `${minimal}rewards: [{ use: a }, { use: b, weight: 3 }]\n`;

  it('changes single values, items of lists too', async () => {
    const { recipe } = await load({ 'recipe.yaml': rewards }, [
      'seed=7',
      'rewards.1.weight=0.5',
      'onRejected.retry=4',
      'models={small: {path: x}}',
    ]);
    expect(recipe).toMatchObject({
      seed: 7,
      onRejected: { retry: 4 },
      models: { small: { path: 'x' } },
      rewards: [{ use: 'a' }, { use: 'b', weight: 0.5 }],
    });
  });

  it('takes the last of two, and everything after the first equals sign', async () => {
    const { recipe } = await load({ 'recipe.yaml': minimal }, [
      'seed=1',
      'seed=2',
      'dataset={use: jsonl}',
      'dataset.path=a=b',
    ]);
    expect(recipe).toMatchObject({ seed: 2, dataset: { path: 'a=b' } });
  });

  it.each([
    ['rewards.2.weight=1', /rewards.*expected array/],
    ['rewards.-1.weight=1', /rewards.*expected array/],
    ['rewards={}', /rewards.*expected array/],
    ['seed', /--set seed: expected key\.key=value/],
    ['=1', /expected key\.key=value/],
    ['a..b=1', /expected key\.key=value/],
    ['seed=[1', /--set seed=\[1: /],
    ['sead=1', /"sead" is not a key here; did you mean "seed"/],
    ['__proto__.x=1', /"__proto__" is not a key here/],
  ])('refuses %s', async (assignment, message) => {
    expect(await problemsOf(rewards, [assignment])).toEqual([expect.stringMatching(message)]);
  });
});

describe('a path', () => {
  it('in `{ file }` is read from the folder of what names it', async () => {
    const files = {
      'base/prompt.txt': 'from the base\n',
      'prompt.txt': 'from beside the recipe',
      'here/prompt.txt': 'from the current folder',
      'base/base.yaml':
        'name: demo\nrephraser: { use: repro, system: { file: prompt.txt }, prompt: { file: prompt.txt } }\n',
      'recipe.yaml': 'extends: base/base.yaml\nrephraser: { system: { file: ./prompt.txt } }\n',
    };
    expect((await load(files)).recipe.rephraser).toEqual({
      use: 'repro',
      system: 'from beside the recipe',
      prompt: 'from the base\n',
    });
    expect((await load(files, ['rephraser.prompt.file=prompt.txt'])).recipe.rephraser).toMatchObject({
      prompt: 'from the current folder',
    });
  });

  it('in `{ file }` that cannot be read is a problem at its place', async () => {
    expect(await problemsOf(`${minimal}rephraser: { use: repro, prompt: { file: nowhere.txt } }\n`)).toEqual([
      expect.stringMatching(/^2:36: rephraser.prompt: .*nowhere\.txt cannot be read as UTF-8 text: ENOENT/),
    ]);
    const folder = await writeFolder({
      'recipe.yaml': `${minimal}rephraser: { use: repro, prompt: { file: latin.txt } }\n`,
      'latin.txt': Uint8Array.of(0xe9, 0x20),
    });
    await expect(loadRecipe(join(folder, 'recipe.yaml'))).rejects.toThrow(/latin\.txt cannot be read as UTF-8 text/);
  });

  it('of a model starts from the recipe where it is a folder, and stays what it is otherwise', async () => {
    const models =
      'a: { path: ./made, chatTemplate: chat.jinja }, b: { path: org/name }, c: { path: "builtin:x" }, d: { path: local/model }';
    const files = { 'recipe.yaml': `${minimal}models: { ${models} }\n`, 'local/model/config.json': '{}' };
    const { recipe, folder } = await load(files, ['models.b.chatTemplate=b.jinja']);
    expect(recipe.models).toMatchObject({
      a: { path: join(folder, 'made'), chatTemplate: join(folder, 'chat.jinja') },
      b: { path: 'org/name', chatTemplate: join(folder, 'here/b.jinja') },
      c: { path: 'builtin:x' },
      d: { path: join(folder, 'local/model') },
    });
  });
});

it('takes an object as it is, with plugins and instances in it untouched', async () => {
  const plugin = { kind: 'reward', name: 'own', file: 'x' };
  const since = new Date(0);
  const recipe = await loadRecipe({ name: 'demo', rewards: [{ use: plugin, since }] });
  expect(recipe.rewards[0]?.use).toBe(plugin);
  expect(recipe.rewards[0]?.since).toBe(since);
  expect(recipe.locate(['rewards', 0])).toEqual({ folder: process.cwd() });
});
