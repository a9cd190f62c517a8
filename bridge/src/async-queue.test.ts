import { expect, it } from 'vitest';
import { AsyncQueue } from './async-queue.ts';

it('gives values in order, those pushed before somebody waits and those after', async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  const taken = Array.fromAsync(queue);
  await Promise.resolve();
  queue.push(2);
  queue.push(3);
  queue.end();
  queue.push(4);
  expect(await taken).toEqual([1, 2, 3]);
});

it('gives what came before a failure, then fails', async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  queue.fail(new Error('gone'));
  expect(await queue.next()).toEqual({ done: false, value: 1 });
  await expect(queue.next()).rejects.toThrow('gone');
});

it('tells how many are left after each that was taken', async () => {
  const left: number[] = [];
  const queue = new AsyncQueue<number>((count) => left.push(count));
  queue.push(1);
  queue.push(2);
  await queue.next();
  await queue.next();
  expect(left).toEqual([1, 0]);
});
