import { defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { saysNothing } from '../says-nothing.ts';
import { type FormCount, type FormKind, formKinds, readOutline } from './outline.ts';

const Config = z.strictObject({});

/**
 * How far headings, lists, tables, code, paragraphs and JSON keep their form, from counts alone: the score of the kind
 * that kept it worst, so that a flattened list does not hide among many paragraphs. What has no mark (a poem, a menu)
 * cannot be told apart and is not judged; the order of the elements is not looked at.
 */
export const structureRulesReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'structure-rules',
  configSchema: Config,
  range: [0, 1],
  reads: 'pair',

  async doScore(samples, { abortSignal }) {
    abortSignal.throwIfAborted();
    return samples.map(scoreStructure);
  },
});

function scoreStructure({ original = '', rephrased }: RewardSample): RewardScore {
  if (saysNothing(original)) {
    return { outcome: 'unscored', reason: 'the original is empty' };
  }
  if (saysNothing(rephrased)) {
    return { outcome: 'scored', value: 0 };
  }
  const [before, after] = [readOutline(original), readOutline(rephrased)];
  const kinds = formKinds.map((kind) => ({
    kind,
    original: before[kind].certain,
    rephrased: after[kind].certain,
    score: compareCounts(before[kind], after[kind], forgiven[kind]),
  }));
  const present = kinds.filter((count) => count.original > 0 || count.rephrased > 0);
  return {
    outcome: 'scored',
    value: Math.min(1, ...present.map(({ score }) => score)),
    details: Object.fromEntries(present.map(({ kind, ...counts }) => [kind, counts])),
  };
}

/**
 * Added to both counts. Joining two paragraphs or titling a page changes the form a little, not to nothing (1 against 2
 * is 2/3), and three nested items laid flat are half of it; a list, table or code block that is lost or invented whole scores 0.
 */
const forgiven: Readonly<Record<FormKind, number>> = {
  paragraphs: 1,
  headings: 1,
  lists: 0,
  nesting: 3,
  tables: 0,
  code: 0,
  json: 0,
};

/** 1 where the two ranges meet, else the ratio of the ends that face each other. */
function compareCounts(before: FormCount, after: FormCount, forgivenCount: number): number {
  const largest = (count: FormCount) => count.certain + count.possible;
  const [fewer, more] = largest(before) < after.certain ? [before, after] : [after, before];
  return largest(fewer) >= more.certain ? 1 : (largest(fewer) + forgivenCount) / (more.certain + forgivenCount);
}
