import type { RewardScore } from '../contract/reward.ts';
import type { GroupedValue } from '../lab/auc.ts';
import { compareInGroups } from '../lab/compare-in-groups.ts';
import type { LabelledPair } from '../lab/labelled-pair.ts';
import { pageEdits } from '../lab/page-edits.ts';
import { seededRandom } from '../lab/seeded-random.ts';
import type { Session } from '../session/open-session.ts';
import { readShippedPairs } from './read-shipped-pairs.ts';
import { scorePairs, totalPairs } from './score-pairs.ts';

/** Enough to see a total that is upside down, and scored in seconds by rewards that need no large model. */
const sources = 6;

/** What a policy finds out first, in words for a person. */
const shortcuts: Readonly<Record<string, string>> = {
  empty: 'an empty text',
  'cut-off': 'a text that breaks off',
  loop: 'a text that goes in circles',
  filler: 'a text with empty phrases added',
  copied: 'the unchanged page',
};

/** Most rewards of faithfulness give these two as much as a faithful text; only a quality reward holds them below. */
const mayBeLevel = ['copied', 'filler'];

/**
 * Scores a few labelled pairs with the recipe's rewards and says where its total prefers a shortcut (a loop, filler, nothing,
 * half of the text, the unchanged page) to a faithful rewriting of the same page: that is what training would teach.
 * One line for each finding, none where all is well.
 */
export async function checkTotalOrdering(session: Session): Promise<readonly string[]> {
  const { rewards, abortSignal } = session;
  const pairs = await choosePairs(session);
  const scored = await Promise.all(
    rewards.map(async (reward) => [reward.name, await scorePairs(reward, pairs, { abortSignal })] as const),
  );
  const { scores, leftOut } = totalPairs(rewards, Object.fromEntries(scored), pairs);
  const faithful = valuesOf(pairs, scores, 'faithful');
  return [
    ...leftOut.map(
      ({ reward, reason }) => `${reward} scores no test pair (${reason}); the total was tested without it`,
    ),
    ...describeUnscored(scores),
    ...Object.keys(shortcuts).flatMap((kind) => describeShortcut(kind, faithful, valuesOf(pairs, scores, kind))),
  ];
}

/** The same few sources every time, each with its faithful rewriting and every shortcut. */
async function choosePairs(session: Session): Promise<readonly LabelledPair[]> {
  const shipped = await readShippedPairs(session);
  const groups = [...new Set(shipped.map(({ group }) => group))];
  const chosen = Array.from({ length: sources }, (_, at) => groups[Math.floor((at * groups.length) / sources)]);
  const wanted = ['faithful', ...Object.keys(shortcuts)];
  const pairs = shipped.filter(({ group, kind }) => chosen.includes(group) && wanted.includes(kind));
  const made = pairs
    .filter(({ kind }) => kind === 'faithful')
    .flatMap((pair) =>
      ['loop', 'filler'].flatMap((kind) => {
        const rephrased = pageEdits[kind]?.(pair.rephrased, seededRandom(pair.group, kind));
        return rephrased === undefined ? [] : [{ ...pair, id: `${pair.group}/${kind}`, kind, rephrased }];
      }),
    );
  return [...pairs, ...made];
}

function describeUnscored(scores: readonly RewardScore[]): readonly string[] {
  const unscored = scores.flatMap((score) => (score.outcome === 'unscored' ? [score.reason] : []));
  return unscored.length === 0
    ? []
    : [
        `the total of ${unscored.length} of ${scores.length} test pairs is unscored (${unscored[0]}); they were not tested`,
      ];
}

function describeShortcut(
  kind: string,
  faithful: readonly GroupedValue[],
  faulty: readonly GroupedValue[],
): readonly string[] {
  const { compared, above, level } = compareInGroups(faithful, faulty);
  const isLevel = level > 0 && !mayBeLevel.includes(kind);
  const one = 'a faithful rewriting of the same page';
  const findings = [
    ...(above > 0 ? [`above ${one} in ${above}`] : []),
    ...(isLevel ? [`level with ${above > 0 ? 'it' : one} in ${level}`] : []),
  ];
  return findings.length === 0
    ? []
    : [`the total ranks ${shortcuts[kind]} ${findings.join(' and ')} of ${compared} test pages`];
}

function valuesOf(
  pairs: readonly LabelledPair[],
  scores: readonly RewardScore[],
  wanted: string,
): readonly GroupedValue[] {
  return pairs.flatMap(({ group, kind }, index) => {
    const score = scores[index];
    return score?.outcome === 'scored' && kind === wanted ? [{ group, value: score.value }] : [];
  });
}
