import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSession, readRecords, runRecipe } from '@repro/sdk';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A project folder as a person has it: two pages, a recipe with these rewards, and files of their own. */
export async function openOwnProject(rewards: string, files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'repro-own-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const pages = ['Boil the beans!', 'The mill ground rye until 1931.'].map((text, id) => JSON.stringify({ id, text }));
  await write('pages.jsonl', `${pages.join('\n')}\n`);
  await write(
    'recipe.yaml',
    `name: own
dataset: { use: jsonl, path: ./pages.jsonl, id: id }
rephraser: { use: identity }
rewards:
  - ${rewards}
recycle: {}
score: {}
`,
  );
  for (const [name, text] of Object.entries(files)) {
    await write(name, text);
  }
  const recipe = join(folder, 'recipe.yaml');
  const runs = join(folder, 'runs');
  return {
    folder,
    write,
    recipe,
    /** The scores of each record, in order. */
    async run(existing?: 'keep' | 'redo') {
      await using session = await openSession(recipe, { runs });
      await runRecipe(session, { existing });
      return (await Array.fromAsync(readRecords(session, 'score'))).map(({ scores }) => scores);
    },
    /** `repro run recipe.yaml --json`, from another folder than the recipe's. */
    async runFromCommandLine() {
      const command = [join(root, 'sdk/bin/repro.js'), 'run', recipe, '--runs', runs, '--json'];
      const { stdout, exitCode } = await execa(process.execPath, command, { cwd: root, reject: false });
      return { exitCode, ...JSON.parse(stdout) };
    },
  };
}
