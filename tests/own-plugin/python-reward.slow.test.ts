import { join } from 'node:path';
import { openSession } from '@repro/sdk';
import { scoreSamples } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { openOwnProject } from './project.ts';

// What a person writes who knows Python and nothing of repro.
const calm = `
from words import count_marks

def score(samples):
    print("scoring", len(samples))
    return [None if sample.metadata.get("skip") else 1 / (1 + count_marks(sample.rephrased)) for sample in samples]
`;
const words = 'def count_marks(text):\n    return text.count("!")\n';

it('is one file and one line of the recipe; a changed file stops the next run, and recycled texts stay', async () => {
  const project = await openOwnProject('{ use: python, file: ./calm_reward.py }', {
    'calm_reward.py': calm,
    'words.py': words,
  });
  const first = [
    { 'calm-reward': { outcome: 'scored', value: 0.5 } },
    { 'calm-reward': { outcome: 'scored', value: 1 } },
  ];
  expect(await project.run()).toEqual(first);

  await project.write('calm_reward.py', calm.replace('1 / (1', '1 / (3'));
  await expect(project.run()).rejects.toMatchObject({
    code: 'REPRO_EXISTING_OUTPUT',
    parts: [
      {
        part: 'score/part-00000',
        why: expect.stringMatching(/with calm_reward\.py sha256:\w{16}, now sha256:\w{16}$/),
      },
    ],
  });
  expect(await project.run('keep')).toEqual(first);
  expect(await project.run('redo')).toMatchObject([
    { 'calm-reward': { value: 1 / 4 } },
    { 'calm-reward': { value: 1 / 3 } },
  ]);
});

it('says where the file went wrong, with its traceback and its place in the recipe', async () => {
  const project = await openOwnProject('{ use: python, file: ./mine.py }', { 'mine.py': '\nimport no_such_module\n' });
  const { exitCode, error } = await project.runFromCommandLine();
  expect(exitCode).toBe(3);
  expect(error).toMatchObject({
    code: 'REPRO_PLUGIN_FILE',
    message: `${project.recipe}:5:20: rewards.0.file: ${join(project.folder, 'mine.py')} cannot be imported: ModuleNotFoundError: No module named 'no_such_module'`,
    hint: expect.stringContaining('REPRO_PYTHON'),
    where: { traceback: expect.stringMatching(/mine\.py", line 2(.|\n)*import no_such_module/) },
  });
});

const odd = `
import asyncio

def nothing(samples): return [None for _ in samples]
def nan(samples): return [float("nan"), float("inf")]
def few(samples): return [1.0]
def words(samples): return ["high", 0.5]
def table(samples): return {"score": 1}
def forgotten(samples): pass
def high(samples): return [7, 0.5]
def raising(samples): raise KeyError(samples[0].id)
def numbers(samples):
    import numpy
    return numpy.array([True, 0.25], dtype=numpy.float32)
def streaming(samples):
    yield from (len(sample.original) / 100 for sample in samples)
async def waiting(samples):
    await asyncio.sleep(0)
    return [1, 0]
`;

it('answers of all sorts are scores, unscored with their reason, or a broken contract that is named', async () => {
  const names = [...odd.matchAll(/^(?:async )?def (\w+)/gm)].map(([, name = '']) => name);
  const project = await openOwnProject('{ use: length }', { 'odd.py': odd });
  const file = join(project.folder, 'odd.py');
  await using session = await openSession({
    name: 'odd',
    rewards: [...names, 'wating'].map((name) => ({ use: 'python', file, function: name, as: name })),
  });
  const samples = ['a', 'b'].map((id) => ({ id, original: id.repeat(50), rephrased: id, metadata: {} }));
  const answerOf = async (name: string) => {
    const reward = session.rewards.find((candidate) => candidate.name === name);
    expect.assert(reward !== undefined);
    return scoreSamples(reward, samples, { abortSignal: AbortSignal.timeout(20_000) }).catch((error: unknown) => error);
  };
  const scored = (...values: readonly number[]) => values.map((value) => ({ outcome: 'scored', value }));
  const unscored = (...reasons: readonly string[]) => reasons.map((reason) => ({ outcome: 'unscored', reason }));

  expect(await answerOf('nothing')).toEqual(unscored('nothing answered None', 'nothing answered None'));
  expect(await answerOf('nan')).toEqual(unscored('the reward answered NaN', 'the reward answered Infinity'));
  expect(await answerOf('numbers')).toEqual(scored(1, 0.25));
  expect(await answerOf('streaming')).toEqual(scored(0.5, 0.5));
  expect(await answerOf('waiting')).toEqual(scored(1, 0));

  const broken = (text: string) => ({ code: 'REPRO_PLUGIN_CONTRACT', message: expect.stringContaining(text) });
  expect(await answerOf('few')).toMatchObject(broken('number of scores: found 1, expected 2'));
  expect(await answerOf('words')).toMatchObject(broken(`found 'high' (str), expected a number or None`));
  expect(await answerOf('table')).toMatchObject(broken(`found {'score': 1} (dict), expected a list`));
  expect(await answerOf('forgotten')).toMatchObject(broken('found None (NoneType), expected a list'));
  expect(await answerOf('high')).toMatchObject(broken('found 7, expected 0 to 1'));
  expect(await answerOf('raising')).toMatchObject({
    code: 'REPRO_WORKER_HANDLER',
    message: expect.stringContaining("KeyError: 'a'"),
    traceback: expect.stringContaining('in raising'),
  });
  expect(await answerOf('wating')).toMatchObject({
    code: 'REPRO_PLUGIN_FILE',
    message: expect.stringContaining('odd.py has no function "wating"; did you mean "waiting"?'),
    path: ['rewards', names.length, 'file'],
  });
});

it('has a range of its own', async () => {
  const project = await openOwnProject('{ use: length }', {
    'wide.py': 'def score(samples): return [-3 for _ in samples]\n',
  });
  const file = join(project.folder, 'wide.py');
  const entry = { use: 'python', file };
  await using session = await openSession({ name: 'wide', rewards: [{ ...entry, range: [-4, 4], threshold: -3.5 }] });
  expect(session.rewards[0]?.plugin.range).toEqual([-4, 4]);
  await expect(openSession({ name: 'wide', rewards: [{ ...entry, threshold: 2 }] })).rejects.toThrow(/0 to 1/);
  await expect(openSession({ name: 'wide', rewards: [{ ...entry, range: [1, 0] }] })).rejects.toThrow(
    /lowest, highest/,
  );
});

it('names a file that is not there, and a setting that does not exist, before anything starts', async () => {
  const missing = { name: 'x', rewards: [{ use: 'python', file: './no.py' }] };
  await expect(openSession(missing)).rejects.toMatchObject({
    code: 'REPRO_PLUGIN_FILE',
    message: `rewards.0.file: ${join(process.cwd(), 'no.py')} is not there.`,
    hint: expect.stringContaining(process.cwd()),
  });
  await expect(openSession({ name: 'x', rewards: [{ use: 'python', file: 'a.py', functoin: 'f' }] })).rejects.toThrow(
    'did you mean "function"?',
  );
  await expect(openSession({ name: 'x', rewards: [{ use: 'python' }] })).rejects.toThrow(/rewards\.0\.file/);
});
