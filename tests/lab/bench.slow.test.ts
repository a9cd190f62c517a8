import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchRewards, checkTotalOrdering, openSession } from '@repro/sdk';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const recipe = join(root, 'templates/quickstart/recipe.yaml');
const pages = join(root, '../shared/data/organic-1000.jsonl');
const repro = (...words: readonly string[]) =>
  execa(process.execPath, [join(root, 'sdk/bin/repro.js'), ...words], { cwd: root, reject: false });

const models = `rewards=[
  { use: length },
  { use: bertscore, encoder: 'builtin:minilm-l6' },
  { use: quality-probe, encoder: 'builtin:smollm2-135m', weight: 3, onlyIf: bertscore },
]`;

describe('rewards with a model', () => {
  it('are tested on the written pairs, and the threshold of bertscore has its price named', async () => {
    await using session = await openSession(recipe, { set: [models] });
    const kinds = ['empty', 'wrong-language', 'number-changed', 'cut-off', 'summary'];
    const bench = await benchRewards(session, { kinds, limit: 0 });
    const kind = (name: string) => bench.kinds.find((report) => report.kind === name);
    expect(kind('empty')?.caughtBy).toEqual(['length', 'bertscore', 'quality-probe']);
    expect(kind('wrong-language')?.caughtBy).toContain('bertscore');
    // One digit of a page is nothing to an encoder.
    expect(kind('number-changed')?.caughtBy).toEqual([]);
    expect(bench.rewards.bertscore?.unscored).toBe(0);
    expect(bench.total).toMatchObject({ scored: bench.pairs.written, leftOut: [] });

    const { current, keeping } = bench.rewards.bertscore?.thresholds ?? {};
    // The calibrated threshold is one that keeps 95 % of what is faithful.
    expect(current?.keepsFaithful).toBeGreaterThanOrEqual(0.95);
    expect(keeping?.threshold).toBeGreaterThanOrEqual(current?.threshold ?? 1);
    expect(keeping?.threshold).toBeLessThan((current?.threshold ?? 0) + 0.05);
    expect(current?.refuses).toMatchObject({ empty: 1, 'wrong-language': 1, summary: 1 });
  });

  it('are checked before training, and no shortcut that counts is preferred', async () => {
    await using session = await openSession(recipe, { set: [models] });
    const lines = await checkTotalOrdering(session);
    expect(lines.filter((line) => /empty|circles|scores no|unscored/.test(line))).toEqual([]);
  });
});

describe('repro rewards bench', () => {
  it('prints tables for people and one document for programs, for a reward of one’s own too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'repro-lab-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(
      join(folder, 'short.py'),
      'def score(samples):\n    return [1 / (1 + len(s.rephrased)) for s in samples]\n',
    );
    await writeFile(
      join(folder, 'page.jsonl'),
      `${JSON.stringify({ text: 'The mill ran until 1931, said Anna Berg. '.repeat(9) })}\n`,
    );
    const own = `name: own
rewards:
  - { use: length }
  - { use: python, file: ./short.py, function: score, as: short }
`;
    await writeFile(join(folder, 'recipe.yaml'), own);
    const words = [join(folder, 'recipe.yaml'), '--pages', join(folder, 'page.jsonl'), '--limit', '20'];
    const { stdout, exitCode } = await repro('rewards', 'bench', ...words);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('377 written pairs of 30 sources');
    expect(stdout).toMatch(/written │ empty .*│ +30 │ 1\.00 \(1\.00-1\.00\) │ 0\.00 \(0\.00-0\.00\)/);

    const { stdout: json } = await repro('rewards', 'bench', ...words, '--json');
    const { ok, command, data } = JSON.parse(json);
    expect([ok, command]).toEqual([true, 'rewards bench']);
    expect(data.rewards.short).toMatchObject({ weight: 1, range: [0, 1], unscored: 0 });
  });

  it('says in our words what is wrong with what was typed', async () => {
    const { stdout, exitCode } = await repro(
      'rewards',
      'bench',
      recipe,
      '--kinds',
      'nubmer-changed',
      '--limit',
      '0',
      '--json',
    );
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'REPRO_UNUSABLE_PAIRS' });
  });

  it.skipIf(!existsSync(pages))('makes a thousand pairs of real pages', async () => {
    await using session = await openSession({ name: 'real', rewards: [{ use: 'length' }, { use: 'facts' }] });
    const bench = await benchRewards(session, { pages });
    expect(bench.pairs.edited).toBeGreaterThanOrEqual(1000);
    expect(bench.pairs.pages).toBeGreaterThan(80);
    const edited = bench.kinds.filter(({ origin }) => origin === 'edited');
    expect(edited.map(({ pairs }) => pairs).filter((pairs) => pairs < 10)).toEqual([]);
    const changed = edited.find(({ kind }) => kind === 'number-changed');
    expect(changed?.caughtBy).toEqual(['facts']);
  });
});
