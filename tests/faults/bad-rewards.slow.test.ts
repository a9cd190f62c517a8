import { join } from 'node:path';
import { runRecipe, type Session } from '@repro/sdk';
import { expect, it } from 'vitest';
import { openProject } from '../cases/test-run.ts';

// A whole run whose reward misbehaves on some pages: those are unscored with the reason, the others have their score, and
// every page is there.

const badReward = `
import os, resource, sys, time

with open("/proc/self/statm", encoding="ascii") as status:
    used = int(status.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (600 << 20), used + (600 << 20)))

def score(samples):
    answer = []
    for sample in samples:
        value = 0.5
        match sample.rephrased:
            case "exit": os._exit(3)
            case "raise": raise ValueError("no number for \\x1b[31m this one")
            case "memory": bytearray(10 << 30)
            case "nan": value = float("nan")
            case "infinity": value = float("-inf")
            case "print": sys.stdout.write("RB\\x01\\x06 \\x1b[2J" * 1000)
        answer.append(value)
        sample.metadata.clear()
    samples.clear()
    return answer

def hang(samples):
    if any(sample.rephrased == "hang" for sample in samples):
        time.sleep(600)
    return [0.5 for _ in samples]

def always(samples):
    bytearray(10 << 30)
`;

const pagesOf = (texts: readonly string[]): string =>
  texts.map((text, id) => `${JSON.stringify({ id, text, kept: 'as it was' })}\n`).join('');

async function openRun(texts: readonly string[], reward: object) {
  const project = await openProject({ 'pages/a.jsonl': pagesOf(texts), 'bad.py': badReward });
  const recipe = { rewards: [{ use: 'python', file: join(project.folder, 'bad.py'), ...reward }], score: {} };
  return { ...project, open: (): Promise<Session> => project.open(recipe) };
}

it('one page of each kind of trouble among 27 others', async () => {
  const troubles = ['exit', 'raise', 'memory', 'nan', 'infinity'];
  const texts = [...Array.from({ length: 26 }, (_, index) => `page ${index}`), ...troubles, 'print'];
  const project = await openRun(texts, {});
  {
    await using session = await project.open();
    expect((await runRecipe(session)).stages.recycle?.documents).toMatchObject({ in: 32, written: 32 });
    const records = await project.records(session);
    expect(records.map(({ text }) => text)).toEqual(texts);
    expect(new Set(records.map(({ metadata }) => metadata.kept))).toEqual(new Set(['as it was']));
  }
  await project.verify();
  const unscored = await project.query(
    'select text, reason from scores join records on record_id = id where value is null order by text',
  );
  expect(unscored).toEqual([
    ['exit', expect.stringMatching(/ended its worker/)],
    ['infinity', 'the reward answered -Infinity'],
    ['memory', expect.stringMatching(/MemoryError/)],
    ['nan', 'the reward answered NaN'],
    ['raise', expect.stringMatching(/ValueError: no number/)],
  ]);
  expect(
    await project.query('select count(*)::int, min(value), max(value) from scores where value is not null'),
  ).toEqual([[27, 0.5, 0.5]]);
});

it('a page on which the reward hangs, deaf to every word', async () => {
  const texts = ['one', 'hang'];
  const project = await openRun(texts, { function: 'hang', timeout: '2s' });
  await using session = await project.open();
  await runRecipe(session);
  expect(
    await project.query('select text, value, reason from scores join records on record_id = id order by records.line'),
  ).toEqual([
    ['one', 0.5, null],
    ['hang', null, 'timed out after 2 s'],
  ]);
});

it('a reward that fails on every page ends the run with its own error; the pages stay', async () => {
  const texts = Array.from({ length: 16 }, (_, index) => `page ${index}`);
  const project = await openRun(texts, { function: 'always' });
  await using session = await project.open();
  await expect(runRecipe(session)).rejects.toMatchObject({ code: 'REPRO_OUT_OF_MEMORY' });
  expect(await project.query('select count(*)::int from scores')).toEqual([[0]]);
});
