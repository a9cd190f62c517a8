import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineReward } from '../contract/reward.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { describePlugins } from './describe-plugins.ts';
import { loadPlugins } from './load-plugins.ts';

const manifest = (plugin: object = {}, rest: object = {}) =>
  JSON.stringify({
    name: 'tone-plugin',
    version: '1.2.3',
    type: 'module',
    exports: './index.js',
    repro: {
      plugins: [{ kind: 'reward', name: 'tone', export: 'toneReward', specificationVersion: 'v1', ...plugin }],
    },
    ...rest,
  });

const zodUrl = import.meta.resolve('zod');
const code = (differences = '') => `
  import { writeFileSync } from 'node:fs';
  import { z } from '${zodUrl}';
  writeFileSync(new URL('./was-imported', import.meta.url), '');
  export const toneReward = {
    specificationVersion: 'v1', kind: 'reward', name: 'tone', configSchema: z.strictObject({}), range: [0, 1],
    reads: 'text', doScore: async (samples) => samples.map(() => ({ outcome: 'scored', value: 1 })), ${differences}
  };
`;

/** Loads \`./tone\` of a folder with these files, and resolves the reward. */
async function resolveTone(files: Readonly<Record<string, string>>, plugins = ['./tone']) {
  const folder = await writeFolder(files);
  const wasImported = () => existsSync(join(folder, 'tone/was-imported'));
  const registry = loadPlugins(plugins, () => folder);
  const resolving = async () => (await registry).resolve('reward', 'tone');
  return { wasImported, registry, resolving };
}

it('finds a local folder, and runs its code only when the plugin is used', async () => {
  const files = { 'tone/package.json': manifest(), 'tone/index.js': code() };
  const { registry, resolving, wasImported } = await resolveTone(files);
  expect((await registry).listings).toEqual([
    { kind: 'reward', name: 'tone', package: 'tone-plugin', version: '1.2.3' },
  ]);
  expect(wasImported()).toBe(false);
  expect(await resolving()).toMatchObject({ name: 'tone' });
  expect(wasImported()).toBe(true);
});

it('finds an installed package from the folder upwards, by the condition of its exports', async () => {
  const exports = { '.': { types: './index.d.ts', import: './lib/index.js' } };
  const folder = await writeFolder({
    'node_modules/@who/tone/package.json': manifest({}, { name: '@who/tone', exports }),
    'node_modules/@who/tone/lib/index.js': code(),
    'recipes/deep/x': '',
  });
  const { resolve } = await loadPlugins(['@who/tone'], () => join(folder, 'recipes/deep'));
  expect(await resolve('reward', 'tone')).toMatchObject({ name: 'tone' });
});

it('finds the built-ins through the same door, wherever the recipe lies', async () => {
  const folder = await writeFolder({});
  const registry = await loadPlugins(['@repro/plugins'], () => folder);
  expect(registry.listings.map(({ kind, name }) => `${kind}/${name}`)).toContain('dataset/jsonl');
  for (const { kind, name } of registry.listings) {
    expect(await registry.resolve(kind, name)).toMatchObject({ kind, name, specificationVersion: 'v1' });
  }
  expect(await describePlugins(registry, 'length')).toMatchObject([
    { kind: 'reward', name: 'length', package: '@repro/plugins', config: { properties: { atMost: {} } } },
  ]);
});

describe('each check has a code of its own, in this order', () => {
  it('the package is there', async () => {
    const { resolving } = await resolveTone({}, ['./nowhere', '@who/nowhere']);
    await expect(resolving()).rejects.toMatchObject({ code: 'REPRO_PLUGIN_PACKAGE_NOT_FOUND', plugin: './nowhere' });
    const folder = await writeFolder({});
    await expect(loadPlugins(['@who/nowhere'], () => folder)).rejects.toMatchObject({
      code: 'REPRO_PLUGIN_PACKAGE_NOT_FOUND',
      hint: expect.stringContaining('npm install @who/nowhere'),
    });
  });

  it.each([
    ['is no JSON', '{'],
    ['names no plugins', '{"name":"x"}'],
    ['names a kind that there is not', manifest({ kind: 'toaster' })],
    ['has no entry', manifest({}, { exports: { './other': './index.js' } })],
    ['points to a file that is not there', manifest({}, { exports: './gone.js' })],
  ])('the manifest can be read: one that %s', async (_, text) => {
    const { resolving } = await resolveTone({ 'tone/package.json': text, 'tone/index.js': code() });
    await expect(resolving()).rejects.toMatchObject({ code: 'REPRO_PLUGIN_MANIFEST' });
  });

  it('the version is one that this SDK runs, before any of its code runs', async () => {
    const files = { 'tone/package.json': manifest({ specificationVersion: 'v9' }), 'tone/index.js': code() };
    const { resolving, wasImported } = await resolveTone(files);
    await expect(resolving()).rejects.toMatchObject({
      code: 'REPRO_UNSUPPORTED_SPECIFICATION',
      message: 'Plugin "tone-plugin: tone" implements specification v9, this SDK runs v1.',
    });
    expect(wasImported()).toBe(false);
  });

  it('kind and name are free, before any of its code runs', async () => {
    const files = {
      'tone/package.json': manifest(),
      'tone/index.js': code(),
      'other/package.json': manifest({}, { name: 'other-plugin' }),
      'other/index.js': code(),
    };
    const { resolving, wasImported } = await resolveTone(files, ['./tone', './other']);
    await expect(resolving()).rejects.toMatchObject({
      code: 'REPRO_PLUGIN_DUPLICATE',
      message: 'The reward "tone" comes from both tone-plugin and other-plugin.',
    });
    expect(wasImported()).toBe(false);
  });

  it.each([
    ['throws', 'throw new Error("no gpu");', 'no gpu'],
    ['lacks the export', 'export const another = 1;', 'no export "toneReward"'],
    ['exports no object', 'export const toneReward = 1;', 'found number, expected a reward object'],
    ['has another name', code("name: 'pitch',"), 'its name is "pitch", expected "tone"'],
    ['has another kind', code("kind: 'dataset',"), 'its kind is "dataset", expected "reward"'],
    ['lacks a hook', code('doScore: undefined,'), 'no function doScore'],
    ['has no schema', code('configSchema: undefined,'), 'its configSchema is no Standard Schema'],
    [
      'has a schema without JSON Schema',
      code('configSchema: z.strictObject({ at: z.date() }),'),
      'its configSchema is no',
    ],
  ])('the import matches the manifest: one that %s', async (_, text, problem) => {
    const { resolving } = await resolveTone({ 'tone/package.json': manifest(), 'tone/index.js': text });
    await expect(resolving()).rejects.toMatchObject({
      code: 'REPRO_PLUGIN_IMPORT',
      plugin: 'tone-plugin: tone',
      message: expect.stringContaining(problem),
    });
  });

  it('the object implements the version that its manifest promised', async () => {
    const files = { 'tone/package.json': manifest(), 'tone/index.js': code("specificationVersion: 'v2',") };
    const { resolving } = await resolveTone(files);
    await expect(resolving()).rejects.toMatchObject({ code: 'REPRO_UNSUPPORTED_SPECIFICATION', found: 'v2' });
  });

  it('the recipe names a plugin that there is, of that kind', async () => {
    const { registry } = await resolveTone({ 'tone/package.json': manifest(), 'tone/index.js': code() });
    const { resolve } = await registry;
    await expect(resolve('reward', 'tonne')).rejects.toMatchObject({
      code: 'REPRO_UNKNOWN_PLUGIN',
      message: 'There is no reward "tonne" in the plugins of this recipe; did you mean "tone"?',
    });
    await expect(resolve('dataset', 'tone')).rejects.toMatchObject({ code: 'REPRO_UNKNOWN_PLUGIN' });
  });
});

describe('an object in the place of a name', () => {
  const reward = defineReward({
    specificationVersion: 'v1',
    kind: 'reward',
    name: 'own',
    configSchema: z.strictObject({}),
    range: [0, 1],
    reads: 'text',
    doScore: async () => [],
  });

  it('passes the same checks', async () => {
    const { resolve } = await loadPlugins([], () => '/');
    expect(await resolve('reward', reward)).toBe(reward);
    await expect(resolve('dataset', reward)).rejects.toMatchObject({ code: 'REPRO_PLUGIN_IMPORT' });
    await expect(resolve('reward', { ...reward, name: 'Not Kebab' })).rejects.toThrow('expected kebab-case');
    await expect(resolve('reward', { ...reward, specificationVersion: 'v2' })).rejects.toMatchObject({
      code: 'REPRO_UNSUPPORTED_SPECIFICATION',
    });
  });
});
