import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

// Whatever a page, a file or an argument is called or says: what a command prints is text, and the terminal obeys none of it.

const cli = fileURLToPath(new URL('../../sdk/bin/repro.js', import.meta.url));
/** Clears the screen, sets the title, colours, turns the direction of text, and pretends to be a line of ours. */
const evil = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202etxt\u2066\u0008\r\nTry this: rm -rf now';
/** A path holds no more than 255 bytes and no slash or NUL; all else may stand in a name. */
const fileName = `p${evil}`;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repro-terminal-'));
  await mkdir(join(folder, 'pages'));
  const rows = [{ text: `A page. ${evil}`, [`key${evil}`]: evil }, { txt: evil }, { id: evil, text: 'Another page.' }];
  await writeFile(join(folder, 'pages', `${fileName}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await writeFile(join(folder, fileName), `A page. ${evil}`);
  await mkdir(join(folder, 'cut'));
  await writeFile(join(folder, 'cut', fileName), gzipSync('{"text":"a page"}\n').subarray(0, -3));
  await writeFile(
    join(folder, 'recipe.yaml'),
    `name: evil
seed: 1
dataset: { use: jsonl, path: ./pages/*.jsonl, id: id }
rephraser: { use: identity }
rewards: [{ use: length, weight: 1 }]
recycle: {}
score: {}
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function repro(...args: readonly string[]) {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [cli, ...args], { cwd: folder, reject: false });
  const printed = `${stdout}\n${stderr}`;
  const obeyed = printed.match(/[^\n\t\P{Cc}]|\p{Bidi_Control}/gu) ?? [];
  expect({ args, obeyed, forged: /^Try this: rm/m.test(printed) }).toEqual({ args, obeyed: [], forged: false });
  return { stdout, stderr, exitCode };
}

it('a run, its questions and its pages', async () => {
  const ran = await repro('run', 'recipe.yaml', '--runs', `runs${fileName}`);
  expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('shard=p\\u{1b}[2J\\u{1b}]0;owned\\u{7}') });
  const run = join(`runs${fileName}`, 'evil');
  const asked = await repro('query', run, `select *, 1 as "${evil}" from records`);
  expect(asked.stdout).toContain('A page. \\u{1b}[2J');
  expect(await repro('query', run, `select "${evil}" from records`)).toMatchObject({ exitCode: 2 });
  const { data } = JSON.parse((await repro('query', run, 'select text from records', '--json')).stdout);
  expect(data.rows).toContainEqual([`A page. ${evil}`]);
  expect(await repro('verify', run)).toMatchObject({ exitCode: 0 });
});

it('one page', async () => {
  expect((await repro('try', '--recipe', 'recipe.yaml', fileName)).stdout).toContain('\\u{1b}[2J');
});

it.each([
  ['a file that was cut off', 5, ['run', 'recipe.yaml', '--set', 'dataset.path=./cut/*', '--run', 'cut']],
  ['a page that is not there', 5, ['try', '--recipe', 'recipe.yaml', `no${fileName}`]],
  ['a key of a recipe', 3, ['run', 'recipe.yaml', '--set', `${evil}=1`]],
  ['a flag', 2, ['run', 'recipe.yaml', `--no${evil}`]],
  ['a command', 2, [`no${evil}`]],
])('an error that names %s', async (_, exitCode, args) => {
  expect(await repro(...args)).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining('\\u{9b}') });
});

it('an error as JSON', async () => {
  const { stdout } = await repro('plugins', 'show', evil, '--json');
  expect(JSON.parse(stdout).error.message).toContain(evil);
});
