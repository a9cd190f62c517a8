import { expect, it } from 'vitest';
import { exitCodeOf } from './exit-codes.ts';
import { listenForInterrupt } from './interrupt.ts';

it('the first Ctrl-C aborts, and names the command that goes on', () => {
  const said: string[] = [];
  using interrupt = listenForInterrupt((message) => said.push(message), 'repro run recipe.yaml');
  expect(interrupt.signal.aborted).toBe(false);
  process.emit('SIGINT');
  expect(said).toEqual(['Stopping: what is finished is being kept. Once more ends at once.']);
  expect(exitCodeOf(interrupt.signal.reason)).toBe(130);
  expect(interrupt.signal.reason).toMatchObject({ hint: expect.stringContaining('To go on: repro run recipe.yaml') });
});
