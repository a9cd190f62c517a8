import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { joinParts } from '../contract/join-parts.ts';
import { defineRephraser } from '../contract/rephraser.ts';
import { defineReward } from '../contract/reward.ts';
import { splitDocument } from '../contract/split-document.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { openSession } from './open-session.ts';

const judgeReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'judge',
  configSchema: z.strictObject({
    lexicon: z.string().meta({ format: 'path' }).optional(),
    more: z.array(z.string().meta({ format: 'path' })).optional(),
    nested: z.strictObject({ file: z.string().meta({ format: 'path' }), label: z.string() }).optional(),
  }),
  range: [0, 1],
  reads: 'pair',
  roles: ['default', 'second'],
  doScore: async (samples) => samples.map(() => ({ outcome: 'scored', value: 1 })),
});

const plainReward = { ...judgeReward, name: 'plain', roles: [] };

const askingRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'asking',
  configSchema: z.strictObject({ style: z.string().optional() }),
  roles: ['default'],
  split: (document) => splitDocument(document, { maxCharacters: 100 }),
  prompt: ({ text }) => ({ text }),
  parse: () => ({ outcome: 'kept' }),
  join: joinParts,
});

const models = { small: { path: 'builtin:a' }, large: { path: 'builtin:b' } };

async function open(recipe: object, set: readonly string[] = []) {
  await using session = await openSession({ name: 'test', models, ...recipe } as RecipeInput, { set });
  return session;
}

/** Path and message of the only problem. */
const problem = async (recipe: object, set: readonly string[] = []) =>
  open(recipe, set).then(
    () => expect.unreachable(),
    (error) => [error.problems?.[0]?.path.join('.'), error.problems?.[0]?.message] as const,
  );

describe('the config of a plugin', () => {
  it('is strict, and a mistake has its path and place in the recipe', async () => {
    const folder = await writeFolder({
      'recipe.yaml': 'name: demo\nrewards:\n  - use: length\n    atMust: 2\n    wieght: 3\n',
      'proto.yaml': 'name: demo\nrewards:\n  - use: length\n    __proto__: { x: 1 }\n',
    });
    const file = join(folder, 'recipe.yaml');
    await expect(openSession(file)).rejects.toMatchObject({
      code: 'REPRO_RECIPE',
      message: [
        `${file}:4:5: rewards.0.atMust: "atMust" is not a key here; did you mean "atMost"?`,
        `${file}:5:5: rewards.0.wieght: "wieght" is not a key here; did you mean "weight"?`,
      ].join('\n'),
    });
    await expect(openSession(join(folder, 'proto.yaml'))).rejects.toThrow(
      `${join(folder, 'proto.yaml')}:4:5: rewards.0.__proto__: "__proto__" is not a key here`,
    );
  });

  it('has its paths from the folder of the recipe, of what it extends, or of `--set`', async () => {
    const folder = await writeFolder({
      'base/base.yaml': 'name: demo\ndataset: { use: jsonl, path: pages/*.jsonl }\n',
      'base/pages/one.jsonl': '{"text":"one"}\n',
      'recipe.yaml': 'extends: base/base.yaml\n',
      'own/two.jsonl': '{"text":"two"}\n',
    });
    const shardsOf = async (set: readonly string[]) => {
      await using session = await openSession(join(folder, 'recipe.yaml'), { set });
      return (await session.dataset?.listShards(new AbortController().signal))?.map(({ file }) => file?.path);
    };
    expect(await shardsOf([])).toEqual([join(folder, 'base/pages/one.jsonl')]);
    expect(await shardsOf([`dataset.path=${join(folder, 'own/*.jsonl')}`])).toEqual([join(folder, 'own/two.jsonl')]);
    const { rewards } = await open({
      rewards: [{ use: plainReward, lexicon: 'a', more: ['b', '/c'], nested: { file: 'd', label: 'e' } }],
    });
    expect(rewards[0]?.config).toEqual({
      lexicon: join(process.cwd(), 'a'),
      more: [join(process.cwd(), 'b'), '/c'],
      nested: { file: join(process.cwd(), 'd'), label: 'e' },
    });
  });
});

describe('the models of an entry', () => {
  it('are checked after its config', async () => {
    expect(await problem({ rewards: [{ use: judgeReward, odd: 1 }] })).toEqual([
      'rewards.0.odd',
      expect.stringContaining('"odd" is not a key here'),
    ]);
    expect(await problem({ rephraser: { use: askingRephraser, model: 'smal', stile: 'x' } })).toEqual([
      'rephraser.stile',
      '"stile" is not a key here; did you mean "style"?',
    ]);
  });

  it('are all named, all there, and none too many', async () => {
    const use = judgeReward;
    expect(await problem({ rewards: [{ use }] })).toEqual(['rewards.0', 'judge needs a model: state "model:"']);
    expect(await problem({ rewards: [{ use, model: 'small' }] })).toEqual([
      'rewards.0',
      'judge needs a model: state "models.second:"',
    ]);
    expect(await problem({ rewards: [{ use, model: 'small', models: { second: 'larg' } }] })).toEqual([
      'rewards.0.models.second',
      'there is no model "larg" under "models:"; did you mean "large"?',
    ]);
    expect(await problem({ rephraser: { use: askingRephraser, model: 'smal' } })).toEqual([
      'rephraser.model',
      'there is no model "smal" under "models:"; did you mean "small"?',
    ]);
    expect(await problem({ rewards: [{ use: plainReward, model: 'small' }] })).toEqual([
      'rewards.0',
      'plain uses no model as default',
    ]);
    await open({ rewards: [{ use, models: { default: 'small', second: 'large' } }] });
  });
});

describe('the entries of a recipe', () => {
  it('have names of their own, and gates that exist', async () => {
    expect(await problem({ rewards: [{ use: 'length' }, { use: 'length' }] })).toEqual([
      'rewards.1',
      '"length" is there twice; name one with "as:"',
    ]);
    expect(await problem({ rewards: [{ use: 'length', onlyIf: 'tone' }] })).toEqual([
      'rewards.0',
      '"onlyIf: tone" names no reward',
    ]);
    const { rewards } = await open({ rewards: [{ use: 'length' }, { use: 'length', as: 'long', onlyIf: 'length' }] });
    expect(rewards.map(({ name }) => name)).toEqual(['length', 'long']);
  });

  it('of one kind and name bring one handler', async () => {
    const handled = (file: string) => ({ ...plainReward, handler: { file: pathToFileURL(file) } });
    await open({ rewards: [{ use: handled('/a.py') }, { use: handled('/a.py'), as: 'again' }] });
    await expect(
      open({ rewards: [{ use: handled('/a.py') }, { use: handled('/b.py'), as: 'b' }] }),
    ).rejects.toMatchObject({
      code: 'REPRO_PLUGIN_DUPLICATE',
    });
  });

  it('in a route are bound at their own paths', async () => {
    const by = { use: plainReward };
    expect(await problem({ rephraser: { route: { by, cases: [{ below: 0.5 }] } } })).toEqual([
      'rephraser.route.cases.0',
      'expected either "to:" or "then:"',
    ]);
    expect(
      await problem({ rephraser: { route: { by, cases: [{ to: { use: askingRephraser, model: 'none' } }] } } }),
    ).toEqual(['rephraser.route.cases.0.to.model', 'there is no model "none" under "models:"']);
  });
});

it('finds each package from the folder of the recipe that names it', async () => {
  const zod = import.meta.resolve('zod');
  const folder = await writeFolder({
    'base/tone/package.json': JSON.stringify({
      name: 'tone',
      type: 'module',
      exports: './index.js',
      repro: { plugins: [{ kind: 'reward', name: 'tone', export: 'tone', specificationVersion: 'v1' }] },
    }),
    'base/tone/index.js': `import { z } from '${zod}';
      export const tone = { specificationVersion: 'v1', kind: 'reward', name: 'tone', configSchema: z.strictObject({}),
        range: [0, 1], reads: 'text', doScore: async () => [] };`,
    'base/base.yaml': 'name: demo\nplugins: [./tone]\nrewards: [{ use: tone }]\n',
    'recipe.yaml': 'extends: base/base.yaml\n',
  });
  await using session = await openSession(join(folder, 'recipe.yaml'));
  expect(session.rewards.map(({ name }) => name)).toEqual(['tone']);
  expect(session.versions).toMatchObject({ tone: '0.0.0', '@repro/sdk': expect.any(String) });
});

it('ends with its own error where the Python environment is missing', async () => {
  const before = process.env.REPRO_PYTHON;
  delete process.env.REPRO_PYTHON;
  const cache = process.env.REPRO_CACHE;
  process.env.REPRO_CACHE = await writeFolder({});
  try {
    const asking = async () => {
      await using session = await openSession({ name: 'test', models } as RecipeInput);
      await session.models.engine('small');
    };
    await expect(asking()).rejects.toMatchObject({ code: 'REPRO_ENVIRONMENT_MISSING' });
  } finally {
    process.env.REPRO_PYTHON = before;
    process.env.REPRO_CACHE = cache;
    for (const name of ['REPRO_PYTHON', 'REPRO_CACHE'] as const) {
      if (process.env[name] === 'undefined') {
        delete process.env[name];
      }
    }
  }
});
