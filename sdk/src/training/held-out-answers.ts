import { z } from 'zod';
import { type JsonWritable, stringifyJson } from '../contract/json-text.ts';
import type { Store } from '../run/store.ts';
import { scoresOf } from './keep-rollouts.ts';
import type { ScoredAnswer } from './score-answers.ts';
import { stepName } from './step-name.ts';
import type { ScoreRequest } from './trainer-messages.ts';

/** One line of `evaluations/step-000030.jsonl`. */
export const HeldOutAnswer = z.object({
  step: z.int(),
  row: z.int(),
  documentId: z.string(),
  mode: z.enum(['sample', 'greedy']),
  sample: z.int(),
  outcome: z.enum(['accepted', 'rejected']),
  reason: z.string().optional(),
  finishReason: z.enum(['stop', 'length', 'repetition']),
  /** Raw values by reward; null: unscored. None of a rejected answer. */
  scores: z.record(z.string(), z.number().nullable()),
  /** As the recipe weighs it; 0 of a rejected answer. */
  total: z.number().nullable(),
  characters: z.int(),
  sourceCharacters: z.int(),
  text: z.string(),
});
export type HeldOutAnswer = z.infer<typeof HeldOutAnswer>;

export function heldOutAnswer(
  scored: ScoredAnswer,
  { step, mode }: Pick<ScoreRequest, 'step' | 'mode'>,
): HeldOutAnswer {
  const { row, answer, text, reason, total } = scored;
  return {
    step,
    row: answer.row,
    documentId: row.documentId,
    mode,
    sample: answer.sample,
    outcome: text === undefined ? 'rejected' : 'accepted',
    ...(reason !== undefined && { reason }),
    finishReason: answer.finishReason,
    scores: scoresOf(scored),
    total: total.outcome === 'scored' ? total.value : null,
    characters: scored.characters,
    sourceCharacters: scored.sourceCharacters,
    text: answer.text,
  };
}

/** In an order that does not depend on which rank was first. */
export async function writeHeldOutAnswers(
  store: Store,
  folder: string,
  step: number,
  answers: readonly HeldOutAnswer[],
): Promise<void> {
  const inOrder = answers.toSorted(
    (one, other) => one.mode.localeCompare(other.mode) || one.row - other.row || one.sample - other.sample,
  );
  const lines = inOrder.map((answer) => `${stringifyJson(answer as JsonWritable)}\n`);
  await store.write(`${folder}/${stepName(step)}.jsonl`, lines.join(''));
}

export async function readHeldOutAnswers(store: Store, path: string): Promise<readonly HeldOutAnswer[]> {
  const text = (await store.read(path))?.toString() ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => HeldOutAnswer.parse(JSON.parse(line)));
}
