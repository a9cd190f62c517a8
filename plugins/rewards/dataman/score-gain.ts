import type { Completion, RewardScore } from '@repro/sdk/contract';
import { cutsOf } from '../judge/cuts-of.ts';
import { readVerdict, type Verdict } from '../judge/read-verdict.ts';
import { saysNothing } from '../says-nothing.ts';
import { lowestQuality, readOverall } from './read-overall.ts';

/** Two texts as the scorer sees them. */
export interface Pair {
  readonly original: string;
  readonly rephrased: string;
  /** Quality of the original, where its record brings it along. */
  readonly known: number | undefined;
}

/** The scorer's answer to each page that it was asked about. */
export type Answers = ReadonlyMap<string, Completion | undefined>;

/** Where the page stands among the parts of a prompt. */
const pagePart = 1;

/** Quality of the rephrasing less that of the original. A page that did not change gains nothing, whoever rates it. */
export function scoreGain({ original, rephrased, known }: Pair, answers: Answers): RewardScore {
  if (saysNothing(original)) {
    return { outcome: 'unscored', reason: 'the original is empty' };
  }
  if (original === rephrased) {
    return { outcome: 'scored', value: 0 };
  }
  const before = known === undefined ? rate(original, answers) : given(known);
  const after = saysNothing(rephrased) ? given(lowestQuality) : rate(rephrased, answers);
  if (before.outcome === 'unread') {
    return { outcome: 'unscored', reason: `${before.reason} (of the original)` };
  }
  if (after.outcome === 'unread') {
    return { outcome: 'unscored', reason: `${after.reason} (of the rephrasing)` };
  }
  const cuts = {
    ...cutsOf(answers.get(original), { original: pagePart }),
    ...cutsOf(answers.get(rephrased), { rephrased: pagePart }),
  };
  const value = after.rating - before.rating;
  const details = { before: before.rating, after: after.rating, ...(Object.keys(cuts).length > 0 && { cuts }) };
  return { outcome: 'scored', value, details };
}

function given(rating: number): Verdict {
  return { outcome: 'read', rating };
}

function rate(page: string, answers: Answers): Verdict {
  return readVerdict(answers.get(page), [page], (answer) => readOverall(answer, [page]));
}
