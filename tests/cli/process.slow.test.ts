import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pipe, program } from './pipe.ts';

const run = promisify(execFile);

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process of its own. */
async function repro(words: readonly string[], { node = process.execPath, started = program, environment = {} } = {}) {
  const env = { ...process.env, ...environment };
  const { stdout, stderr, code = 0 } = await run(node, [started, ...words], { env }).catch((error) => error);
  return { exit: code, stdout, stderr } as Ended;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'repro-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The first Node of the PATH that is too old to run us. */
async function findOldNode(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (existsSync(node) && Number((await run(node, ['-p', 'process.versions.node'])).stdout.split('.')[0]) < 24) {
      return node;
    }
  }
  return undefined;
}
const oldNode = await findOldNode();

describe('a mistake in what was typed', () => {
  it.each<[string, readonly string[], RegExp, string]>([
    ['no such command of a topic', ['env', 'setpu'], /no command "env setpu"; did you mean "env setup"/, '--help'],
    ['no command at all', [], /no command "--json"; commands: .*doctor/, '--help'],
    ['a missing argument', ['run'], /^Missing 1 required arg: recipe {2}Recipe \(YAML\)\.$/, 'run --help'],
    ['two flags that exclude each other', ['run', 'r.yaml', '--keep', '--redo'], /^--redo=true cannot/, 'run --help'],
  ])('is one JSON document in our own words: %s', async (_, words, message, help) => {
    const { exit, stdout } = await repro([...words, '--json']);
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      schema: 'repro.result/1',
      ok: false,
      command: expect.any(String),
      error: {
        code: 'REPRO_USAGE',
        message: expect.stringMatching(message),
        hint: `\`npx repro ${help}\` says what there is.`,
        where: {},
        exit: 2,
        retryable: false,
      },
    });
  });

  it('is told to people without a stack', async () => {
    const { exit, stdout, stderr } = await repro(['rnu']);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'Error There is no command "rnu"; did you mean "run"? (REPRO_USAGE)\nTry this: `npx repro --help` says what there is.\n',
    );
  });
});

it('an error says where more is said of it, and explain says it', async () => {
  const folder = await temporaryFolder();
  const { exit, stderr } = await repro(['verify', folder]);
  expect([exit, stderr.split('\n').at(-2)]).toEqual([3, 'More: `npx repro explain REPRO_RUN_NOT_FOUND`']);
  const { stdout } = await repro(['explain', 'REPRO_RUN_NOT_FOUND', '--json']);
  const { data } = JSON.parse(stdout);
  expect(data).toMatchObject({ code: 'REPRO_RUN_NOT_FOUND', exit: 3, text: expect.stringContaining('What to do:') });
});

it('doctor that finds something missing says ok: false, with every check', async () => {
  const { exit, stdout } = await repro(['doctor', '--json'], { environment: { REPRO_PYTHON: '/no/python' } });
  const { ok, error } = JSON.parse(stdout);
  expect([exit, ok, error.code, error.exit]).toEqual([4, false, 'REPRO_SYSTEM_INCOMPLETE', 4]);
  expect(error.where.checks).toContainEqual(expect.objectContaining({ name: 'Node', status: 'ok' }));
  expect(error.where.checks).toContainEqual(
    expect.objectContaining({ name: 'Python', status: 'missing', cure: expect.stringContaining('REPRO_PYTHON') }),
  );
});

it('hints name the command as it was started: installed, or through npx', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'bin'));
  const installed = join(folder, 'bin/repro');
  await symlink(program, installed);
  const hintOf = async (started: string) =>
    JSON.parse((await repro(['verify', folder, '--json'], { started })).stdout).error.hint as string;
  expect(await hintOf(program)).toContain('`npx repro run RECIPE` makes one');
  expect(await hintOf(installed)).toContain('`repro run RECIPE` makes one');
});

it.runIf(oldNode !== undefined)(
  'goes on under Node 24 when an older one starts it, with the same exit code',
  async () => {
    const { exit, stdout } = await repro(['rnu', '--json'], { node: oldNode ?? '' });
    expect([exit, JSON.parse(stdout).error.code]).toEqual([2, 'REPRO_USAGE']);
  },
);

it('a dry run prints the plan and ends as the run would', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'pages.jsonl'), '{"id": "1", "text": "A page."}');
  const recipe = `{ name: dry, dataset: { use: jsonl, path: ./pages.jsonl, id: id }, rephraser: { use: identity }, recycle: {} }`;
  await writeFile(join(folder, 'recipe.yaml'), recipe);
  const command = ['run', join(folder, 'recipe.yaml'), '--runs', join(folder, 'runs')];
  expect((await repro(command)).exit).toBe(0);
  const cases: readonly (readonly [string, readonly string[], number])[] = [
    ['nothing against it', [], 0],
    ['no text', ['--set', 'dataset.text=body', '--run', 'other'], 5],
    ['another seed over what is there', ['--set', 'seed=2'], 9],
  ];
  for (const [name, flags, exit] of cases) {
    const dry = await repro([...command, ...flags, '--dry-run']);
    expect([dry.exit, dry.stdout.split('\n')[0]], name).toEqual([exit, expect.stringMatching(/^Run folder: /)]);
    const { stderr, exit: ended } = await repro([...command, ...flags]);
    expect(ended, name).toBe(exit);
    expect(exit === 0 || stderr.endsWith(dry.stderr), `${name}: ${stderr}`).toBe(true);
  }
});

describe('a reader that goes away', () => {
  it('of progress and answer (2>&1 | head) ends no run', async () => {
    const folder = await temporaryFolder();
    const pages = Array.from({ length: 3 }, (_, page) => JSON.stringify({ id: `p${page}`, text: `Page ${page}.` }));
    await writeFile(join(folder, 'pages.jsonl'), pages.join('\n'));
    const recipe = `{ name: piped, dataset: { use: jsonl, path: ./pages.jsonl, id: id }, rephraser: { use: identity }, recycle: {} }`;
    await writeFile(join(folder, 'recipe.yaml'), recipe);
    const { stdout, stderr } = await pipe(`run "${folder}/recipe.yaml" --runs "${folder}/runs" 2>&1`, 'head -n 1');
    expect(stdout).toBe('stage=recycle state=started\nexit 0\n');
    expect(stderr).toBe('');
    expect((await repro(['verify', join(folder, 'runs/piped')])).stdout).toContain('3 documents');
  });

  it('of the answer alone is no failure', async () => {
    const { stdout, stderr } = await pipe('plugins list', 'true');
    expect([stdout, stderr]).toEqual(['exit 0\n', '']);
  });
});
