import { expect, it } from 'vitest';
import { fakeHost, fakeModel } from './fake-host.ts';

const model = fakeModel('judge');
const prompt = {
  messages: [
    { role: 'system', content: 'Judge.' },
    { role: 'user', content: ['A ', 'page'] },
  ],
} as const;

it('gives a model all text of a prompt, and its answer back as a completion', async () => {
  const host = fakeHost({ generate: (text, { sampling }) => `${text} at ${sampling.temperature}` });
  const [completion] = await host.generate(model, [{ ...prompt, sampling: { temperature: 2 } }], { temperature: 1 });
  expect(completion).toMatchObject({ outcome: 'completed', text: 'Judge.\n\nA page at 2', tokens: 5, promptTokens: 3 });
});

it('asks for greedy answers once for each revision of the model, for others each time', async () => {
  let asked = 0;
  const generate = () => {
    asked += 1;
    return 'yes';
  };
  const host = fakeHost({ generate });
  const ask = (revision: string, temperature: number) =>
    host.generate(fakeModel('judge', revision), [prompt, prompt], { temperature });
  await ask('1', 0);
  await ask('1', 0);
  expect(asked).toBe(1);
  await ask('2', 0);
  expect(asked).toBe(2);
  await ask('2', 1);
  expect(asked).toBe(4);
});

it('says what to give for a call that it has no answer to', async () => {
  const host = fakeHost();
  await expect(host.generate(model, [prompt], {})).rejects.toThrow('pass { generate: (prompt) => "an answer" }');
  const request = { context: '', continuation: 'x' };
  await expect(host.likelihood(model, [request], {})).rejects.toThrow('was given no answer for it: pass { likelihood:');
});

it('counts a sum of log-probabilities as a likelihood, and passes a failure on', async () => {
  const failed = { outcome: 'failed', reason: 'prompt-too-long' } as const;
  const host = fakeHost({ likelihood: ({ context }) => (context === '' ? -3 : failed) });
  const requests = ['', 'x'].map((context) => ({ context, continuation: 'two wörds' }));
  expect(await host.likelihood(model, requests, {})).toEqual([
    { outcome: 'computed', sumLogProbability: -3, tokens: 2, bytes: 10, greedy: false },
    failed,
  ]);
});
