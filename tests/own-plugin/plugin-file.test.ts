import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSession } from '@repro/sdk';
import { expect, it } from 'vitest';
import { openOwnProject } from './project.ts';

const calm = (name = 'calm', bonus = 0) => `
  import { defineReward } from '@repro/sdk/contract';
  import { z } from 'zod';

  export const marksOf = (text: string): number => text.split('!').length - 1;

  export const ${name}Reward = defineReward({
    specificationVersion: 'v1',
    kind: 'reward',
    name: '${name}',
    configSchema: z.strictObject({}),
    range: [0, 1],
    reads: 'text',
    async doScore(samples) {
      return samples.map(({ rephrased }) => ({ outcome: 'scored', value: 1 / (1 + ${bonus} + marksOf(rephrased)) }));
    },
  });
`;

/** With the packages that `npm install` would have put beside the recipe. */
async function openTypeScriptProject(use: string, files: Readonly<Record<string, string>>) {
  const project = await openOwnProject(`{ use: ${use} }`, files);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await symlink(join(root, 'node_modules'), join(project.folder, 'node_modules'));
  return project;
}

it('is a reward without a package; a changed file stops the next run', async () => {
  const project = await openTypeScriptProject('./calm.ts', { 'calm.ts': calm() });
  const first = [{ calm: { outcome: 'scored', value: 0.5 } }, { calm: { outcome: 'scored', value: 1 } }];
  expect(await project.run()).toEqual(first);
  await project.write('calm.ts', calm('calm', 1));
  await expect(project.run()).rejects.toMatchObject({ code: 'REPRO_EXISTING_OUTPUT', message: /calm\.ts sha256/ });
  expect(await project.run('keep')).toEqual(first);
  expect(await project.run('redo')).toMatchObject([{ calm: { value: 1 / 3 } }, { calm: { value: 1 / 2 } }]);
});

it('may be of any kind, and a program that opens a changed file again gets it anew', async () => {
  const rephraser = (text: string) => `export default {
    specificationVersion: 'v1', kind: 'rephraser', name: 'fixed', configSchema: (await import('zod')).z.strictObject({}),
    split: (document) => [{ documentId: document.id, index: 0, before: '', text: document.text }],
    prompt: () => [], parse: () => ({ outcome: 'rephrased', text: '${text}' }), join: (parts) => '${text}',
  };`;
  const project = await openTypeScriptProject('length', { 'fixed.mjs': rephraser('one') });
  const open = () => openSession(project.recipe, { set: [`rephraser.use=${join(project.folder, 'fixed.mjs')}`] });
  const joined = async () => {
    await using session = await open();
    expect.assert(session.rephraser !== undefined && 'plugin' in session.rephraser);
    return session.rephraser.plugin.join([], { id: '', text: '', metadata: {} }, {});
  };
  expect(await joined()).toBe('one');
  await project.write('fixed.mjs', rephraser('two'));
  expect(await joined()).toBe('two');
});

it.each([
  ['is not there', {}, /calm\.ts is not there\./],
  ['cannot be imported', { 'calm.ts': 'import "./no.ts";' }, /calm\.ts cannot be imported: .*no\.ts/],
  [
    'exports no plugin',
    { 'calm.ts': 'export const one = 1; export const two = {};' },
    /exports one, two, and none of it/,
  ],
  ['exports nothing', { 'calm.ts': '' }, /exports nothing, and none of it/],
  [
    'exports several plugins',
    { 'calm.ts': calm() + calm('loud').replaceAll(/import .*|export const marksOf.*/g, '') },
    /exports several plugins: calmReward, loudReward/,
  ],
])('a file that %s is a mistake at its place in the recipe', async (_, files, message) => {
  const project = await openTypeScriptProject('./calm.ts', files as Record<string, string>);
  const error = await openSession(project.recipe).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'REPRO_PLUGIN_FILE', file: join(project.folder, 'calm.ts'), hint: /./ });
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).toContain(`${project.recipe}:5:7: rewards.0.use: `);
});

it('is told from a plugin of another kind, and from a folder', async () => {
  const project = await openTypeScriptProject('./calm.ts', { 'calm.ts': calm() });
  await expect(
    openSession(project.recipe, { set: [`dataset.use=${join(project.folder, 'calm.ts')}`] }),
  ).rejects.toThrow('its kind is "reward", expected "dataset"');
  await mkdir(join(project.folder, 'calm'));
  await expect(
    openSession(project.recipe, { set: [`rewards.0.use=${join(project.folder, 'calm')}`] }),
  ).rejects.toMatchObject({ code: 'REPRO_PLUGIN_FILE' });
});
