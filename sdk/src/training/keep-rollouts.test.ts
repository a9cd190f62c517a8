import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openPosixStore } from '../run/posix-store.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { keepRollouts } from './keep-rollouts.ts';
import type { ScoredAnswer } from './score-answers.ts';

it('keeps apart two groups of the same passage', async () => {
  const root = await writeFolder({});
  const rollouts = keepRollouts(await openPosixStore(root), 'rollouts', 3);
  const passage = { documentId: 'd', index: 0, before: '', text: 'A page.' };
  const scored = (position: number, text: string): ScoredAnswer => ({
    row: { row: 0, documentId: 'd', passage, metadata: {}, prompt: { messages: null, text: '' } },
    answer: {
      ...{ position, row: 0, sample: 0, text, finishReason: 'stop' },
      ...{ tokens: 1, promptTokens: 1, thinkPrefilled: false },
    },
    ...{ text, reason: undefined, scores: {}, total: { outcome: 'scored', value: 0 } },
    ...{ sourceCharacters: 7, characters: text.length },
  });
  rollouts.take(1, [scored(4, 'one'), scored(5, 'two')]);
  const worth = (position: number, total: number) => ({
    position,
    row: 0,
    sample: 0,
    total,
    advantage: 0,
    masked: false,
  });
  await rollouts.settle({ type: 'rollouts', step: 1, rollouts: [worth(4, 0.1), worth(5, 0.2)] });
  const lines = (await readFile(join(root, 'rollouts/step-000001.jsonl'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { text: 'one', total: 0.1 },
    { text: 'two', total: 0.2 },
  ]);
});
