import { expect, it } from 'vitest';
import { ChunkAcknowledger } from './chunk-acknowledger.ts';

it('acknowledges a quarter of the window at a time', () => {
  const sent: number[] = [];
  const chunks = new ChunkAcknowledger(8, (sequence) => sent.push(sequence));
  for (let sequence = 0; sequence < 5; sequence += 1) {
    chunks.take(sequence);
  }
  expect(sent).toEqual([1, 3]);
});

it('says nothing while held, and all at once when released', () => {
  const sent: number[] = [];
  const chunks = new ChunkAcknowledger(8, (sequence) => sent.push(sequence));
  chunks.hold();
  for (let sequence = 0; sequence < 8; sequence += 1) {
    chunks.take(sequence);
  }
  expect(sent).toEqual([]);
  chunks.release();
  chunks.release();
  expect(sent).toEqual([7]);
});
