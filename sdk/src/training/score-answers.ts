import { countCharacters } from '../contract/count-characters.ts';
import type { CompletedCompletion } from '../contract/model.ts';
import type { RewardSample, RewardScore } from '../contract/reward.ts';
import { UntrainableMethodError } from '../errors/untrainable-method.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';
import { combineScores } from '../rewards/combine-scores.ts';
import { scoreIsolating } from '../rewards/score-isolating.ts';
import type { PassageFile, PassageRow } from './passage-file.ts';
import type { TrainingDecisions } from './profiles.ts';
import type { AnswerToScore, ScoreRequest } from './trainer-messages.ts';

/** An answer of the model in training, as `recycle` would read it and as the rewards see it. */
export interface ScoredAnswer {
  readonly row: PassageRow;
  readonly answer: AnswerToScore;
  /** What stands in place of the passage; undefined when the answer is rejected. */
  readonly text: string | undefined;
  readonly reason: string | undefined;
  /** Raw, by reward. Empty when it is rejected and that earns nothing. */
  readonly scores: Readonly<Record<string, RewardScore>>;
  /** As the recipe weighs it; 0 when it is rejected. */
  readonly total: RewardScore;
  readonly sourceCharacters: number;
  readonly characters: number;
}

export type AnswerScorer = (
  request: ScoreRequest,
  options: { readonly abortSignal: AbortSignal },
) => Promise<readonly ScoredAnswer[]>;

/**
 * Reads the answers of a trainer with the rephraser that `recycle` uses and gives them the same rewards, all at once. A
 * reward that is not done within the time that the trainer waits leaves its answers unscored.
 */
export function openAnswerScorer({
  rephraser,
  rewards,
  decisions,
  passages,
  heldOut,
  mostSeconds,
}: {
  readonly rephraser: BoundRephraser;
  readonly rewards: readonly BoundReward[];
  readonly decisions: Pick<TrainingDecisions, 'rejected' | 'cutOff'>;
  readonly passages: PassageFile;
  readonly heldOut: PassageFile | undefined;
  readonly mostSeconds: number;
}): AnswerScorer {
  const scorers = rewards.map((reward) => ({ reward, score: scoreIsolating(reward) }));

  return async ({ purpose, samples }, { abortSignal }) => {
    const file = purpose === 'held-out' && heldOut !== undefined ? heldOut : passages;
    const rows = new Map<number, PassageRow>();
    for (const { row } of samples) {
      rows.set(row, rows.get(row) ?? (await file.read(row)));
    }
    const read = samples.map((answer) => readAnswer(answer, rows.get(answer.row) as PassageRow));
    const earnsAsEmpty = purpose === 'rollout' && decisions.rejected === 'as-empty';
    const seen = read.map(({ text }) => text ?? (earnsAsEmpty ? '' : undefined));
    const scored = seen.flatMap((text, index) => (text === undefined ? [] : [index]));
    const rewardSamples = scored.map((index) => sampleOf(read[index] as ReadAnswer, index, seen[index] ?? ''));
    const byReward = await Promise.all(
      scorers.map(async ({ reward, score }) => {
        const values = await scoreInBudget(score, rewardSamples, { abortSignal, mostSeconds });
        return { name: reward.name, byIndex: new Map(scored.map((index, at) => [index, values[at]])) };
      }),
    );
    return read.map((one, index): ScoredAnswer => {
      const scores = Object.fromEntries(
        byReward.flatMap(({ name, byIndex }) => {
          const score = byIndex.get(index);
          return score === undefined ? [] : [[name, score]];
        }),
      );
      return {
        row: one.row,
        answer: one.answer,
        text: one.text,
        reason: one.reason,
        scores,
        total: one.text === undefined ? { outcome: 'scored', value: 0 } : combineScores(rewards, scores),
        sourceCharacters: countCharacters(one.row.passage.text),
        characters: one.text === undefined ? 0 : countCharacters(one.text),
      };
    });
  };

  function readAnswer(answer: AnswerToScore, row: PassageRow): ReadAnswer {
    const completion = completionOf(answer, decisions);
    return { row, answer, completion, ...readText(rephraser, completion, row) };
  }
}

interface ReadAnswer extends Pick<ScoredAnswer, 'row' | 'answer' | 'text' | 'reason'> {
  readonly completion: CompletedCompletion;
}

/** `cutOff: scored` takes an answer that ends at its last token for one that was to end there. */
function completionOf(
  { text, finishReason, tokens, promptTokens, thinkPrefilled }: AnswerToScore,
  { cutOff }: Pick<TrainingDecisions, 'cutOff'>,
): CompletedCompletion {
  const isTaken = finishReason === 'length' && cutOff === 'scored';
  return {
    outcome: 'completed',
    text,
    finishReason: isTaken ? 'stop' : finishReason,
    tokens,
    promptTokens,
    thinkPrefilled,
  };
}

function readText(
  rephraser: BoundRephraser,
  completion: CompletedCompletion,
  { passage }: PassageRow,
): { readonly text: string | undefined; readonly reason: string | undefined } {
  const rephrasing = rephraser.parse([completion], passage);
  switch (rephrasing.outcome) {
    case 'rephrased':
      return { text: rephrasing.text, reason: undefined };
    case 'expanded':
      return { text: rephrasing.texts.map(({ text }) => text).join('\n\n'), reason: undefined };
    case 'kept':
      return { text: passage.text, reason: undefined };
    case 'dropped':
      return { text: undefined, reason: `dropped: ${rephrasing.reason}` };
    case 'rejected':
      return { text: undefined, reason: rephrasing.reason };
    case 'continue': {
      const why = 'asks again after an answer, and only one answer is trained';
      throw new UntrainableMethodError({ method: rephraser.name, why });
    }
  }
}

function sampleOf({ row, completion }: ReadAnswer, index: number, rephrased: string): RewardSample {
  const { documentId, passage, metadata } = row;
  return { id: `${documentId}#${passage.index}.${index}`, original: passage.text, rephrased, metadata, completion };
}

async function scoreInBudget(
  score: ReturnType<typeof scoreIsolating>,
  samples: readonly RewardSample[],
  { abortSignal, mostSeconds }: { readonly abortSignal: AbortSignal; readonly mostSeconds: number },
): Promise<readonly RewardScore[]> {
  const budget = AbortSignal.timeout(Math.ceil(mostSeconds * 1000));
  try {
    return await score(samples, { abortSignal: AbortSignal.any([abortSignal, budget]) });
  } catch (error) {
    abortSignal.throwIfAborted();
    if (!budget.aborted) {
      throw error;
    }
    return samples.map(() => ({ outcome: 'unscored', reason: `not scored within ${mostSeconds} s` }));
  }
}
