import { afterEach, expect, it, vi } from 'vitest';
import type { SessionEvent } from '../session/session-event.ts';
import { openProgress } from './progress.ts';

afterEach(() => vi.restoreAllMocks());

const step: Extract<SessionEvent, { type: 'training' }> = {
  ...{ type: 'training', algorithm: 'grpo', step: 3, steps: 9, secondsLeft: 62.4, tokensPerSecond: 41.26 },
  ...{ total: 1.5, loss: 0.0001, rewards: { facts: 0.75, judge: null }, kl: 0.02 },
  ...{ lengthRatio: 0.9, rejectedShare: 0, cutOffShare: 0, unscoredShare: 0.25, zeroVarianceShare: null },
};

/** What it writes to stderr where that is no terminal. */
function written(...events: readonly SessionEvent[]): string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  using progress = openProgress({ terminal: false });
  for (const event of events) {
    progress.show(event);
  }
  return write.mock.calls.map(([text]) => String(text)).join('');
}

it('says what a step came to, without what could not be measured', () => {
  expect(written(step)).toBe(
    'stage=train algorithm=grpo step=3/9 total=1.5 facts=0.75 kl=0.02 length_ratio=0.9 rejected=0 cut_off=0 unscored=0.25 tokens_per_second=41.3 seconds_left=63\n',
  );
});

it('says the loss where there are no rewards', () => {
  const none = { total: null, kl: null, lengthRatio: null, rejectedShare: null, cutOffShare: null } as const;
  const supervised = { ...step, ...none, algorithm: 'sft', rewards: {}, unscoredShare: null, tokensPerSecond: null };
  expect(written({ ...supervised, loss: 2.3687 })).toBe(
    'stage=train algorithm=sft step=3/9 loss=2.37 seconds_left=63\n',
  );
});
