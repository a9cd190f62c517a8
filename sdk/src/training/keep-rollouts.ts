import { type JsonWritable, stringifyJson } from '../contract/json-text.ts';
import type { Store } from '../run/store.ts';
import type { ScoredAnswer } from './score-answers.ts';
import { stepName } from './step-name.ts';
import type { TrainEvent } from './trainer-messages.ts';

type Settled = Extract<TrainEvent, { type: 'rollouts' }>;

/** What became of the rollouts of each step, until the trainer says what they were worth. */
export interface RolloutKeeper {
  /** Scored, and not yet settled. */
  take(step: number, answers: readonly ScoredAnswer[]): void;
  /** Writes the first groups of a step, with totals and advantages, in place of what was written for it before. */
  settle(event: Settled): Promise<void>;
}

/** Keeps `groups` groups of each step in `<folder>/step-000030.jsonl`. */
export function keepRollouts(store: Store, folder: string, groups: number): RolloutKeeper {
  const waiting = new Map<number, Map<string, ScoredAnswer>>();
  return {
    take(step, answers) {
      const known = waiting.get(step) ?? new Map<string, ScoredAnswer>();
      waiting.set(step, known);
      for (const scored of answers) {
        known.set(keyOf(scored.answer), scored);
      }
    },

    async settle({ step, rollouts }) {
      const known = waiting.get(step);
      for (const older of [...waiting.keys()].filter((other) => other <= step)) {
        waiting.delete(older);
      }
      const kept = new Set([...new Set(rollouts.map(({ position }) => position))].slice(0, groups));
      const lines = rollouts.flatMap((rollout) => {
        const scored = kept.has(rollout.position) ? known?.get(keyOf(rollout)) : undefined;
        return scored === undefined ? [] : [`${stringifyJson(rolloutLine(step, scored, rollout))}\n`];
      });
      await (lines.length > 0 && store.write(`${folder}/${stepName(step)}.jsonl`, lines.join('')));
    },
  };
}

/** A step may hold a passage twice. */
function keyOf({ position, sample }: { readonly position: number; readonly sample: number }): string {
  return `${position}/${sample}`;
}

function rolloutLine(step: number, scored: ScoredAnswer, rollout: Settled['rollouts'][number]): JsonWritable {
  const { row, answer } = scored;
  return {
    step,
    document_id: row.documentId,
    passage: row.passage.index,
    row: rollout.row,
    sample: rollout.sample,
    outcome: scored.text === undefined ? 'rejected' : 'accepted',
    reason: scored.reason,
    total: rollout.total,
    advantage: rollout.advantage,
    masked: rollout.masked,
    scores: scoresOf(scored),
    unscored: whyUnscored(scored),
    original: row.passage.text,
    text: answer.text,
    finish_reason: answer.finishReason,
    tokens: answer.tokens,
  };
}

/** Raw values by reward, null where there is none. */
export function scoresOf({ scores }: ScoredAnswer): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    Object.entries(scores).map(([name, score]) => [name, score.outcome === 'scored' ? score.value : null]),
  );
}

function whyUnscored({ scores }: ScoredAnswer): string | undefined {
  const reasons = Object.entries(scores).flatMap(([name, score]) =>
    score.outcome === 'unscored' ? [`${name}: ${score.reason}`] : [],
  );
  return reasons.length === 0 ? undefined : reasons.join('; ');
}
