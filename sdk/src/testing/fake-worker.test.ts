import { expect, it } from 'vitest';
import { z } from 'zod';
import { fakeWorker } from './fake-worker.ts';

const output = z.strictObject({ f1: z.array(z.number()) });
const item = z.number();

it('gives the method plain data and the plugin a checked answer', async () => {
  const seen: unknown[] = [];
  const worker = fakeWorker({
    score: (input: unknown) => {
      seen.push(input);
      return { f1: [1] };
    },
  });
  expect(await worker.call('score', { original: undefined, big: 2n ** 60n }, { output })).toEqual({ f1: [1] });
  expect(seen).toEqual([{ original: null, big: 2n ** 60n }]);
});

it('names the method and the place of an answer that the schema does not accept', async () => {
  const worker = fakeWorker({ score: () => ({ f1: [1, 'high'] }) });
  await expect(worker.call('score', {}, { output })).rejects.toThrow(
    /"score" answered .* at \$\.f1\.1: .*expected number/,
  );
});

it('names a method that it was not given, and those that it was', async () => {
  const worker = fakeWorker({ score: () => 1 });
  const message = 'The plugin called the worker method "toString"; fakeWorker was given: score.';
  await expect(worker.call('toString', {}, { output })).rejects.toThrow(message);
});

it.each([
  ['a lone surrogate', { texts: ['\ud83d'] }, 'the input of "score".texts[0] is text with a lone surrogate'],
  ['a function', { score: () => 1 }, 'the input of "score".score is a function'],
  ['a class instance', { file: new URL('file:///x') }, 'the input of "score".file is a URL'],
])('refuses %s in the input, as the real bridge does', async (_what, input, message) => {
  await expect(fakeWorker({ score: () => 1 }).call('score', input, { output: item })).rejects.toThrow(message);
});

it('streams checked values, and ends the generator when the reader stops', async () => {
  let ended = false;
  const worker = fakeWorker({
    *count() {
      try {
        yield 1;
        yield 2;
        yield 'three';
      } finally {
        ended = true;
      }
    },
  });
  await expect(Array.fromAsync(worker.stream('count', {}, { item }))).rejects.toThrow('"count" answered');
  ended = false;
  for await (const value of worker.stream('count', {}, { item })) {
    expect(value).toBe(1);
    break;
  }
  expect(ended).toBe(true);
});

it('says so when a stream is called or a call is streamed', async () => {
  const worker = fakeWorker({
    *count() {
      yield 1;
    },
    score: () => 1,
  });
  await expect(worker.call('count', {}, { output: item })).rejects.toThrow('read it with worker.stream');
  await expect(Array.fromAsync(worker.stream('score', {}, { item }))).rejects.toThrow('ask it with worker.call');
});

it('lets an aborted call go, whatever the method does', async () => {
  const worker = fakeWorker({
    never: () => new Promise(() => {}),
    async *neverMore() {
      await new Promise(() => {});
      yield 1;
    },
  });
  const abort = new AbortController();
  const { signal: abortSignal } = abort;
  const call = worker.call('never', {}, { output: item, abortSignal });
  const stream = Array.fromAsync(worker.stream('neverMore', {}, { item, abortSignal }));
  abort.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  await expect(stream).rejects.toThrow('enough');
});
