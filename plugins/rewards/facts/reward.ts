import { defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { saysNothing } from '../says-nothing.ts';
import { compareFacts, type FactComparison } from './compare-facts.ts';
import { extractFacts } from './extract-facts.ts';
import type { Fact } from './fact-kinds.ts';
import { guessLanguage } from './guess-language.ts';

const Config = z.strictObject({});

/**
 * F of precision (what the rephrasing states is in the original) and recall (what the original states is still there)
 * over numbers, units, dates, links, names and negations. `details` keeps added and lost facts apart.
 */
export const factsReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'facts',
  configSchema: Config,
  range: [0, 1],
  reads: 'pair',

  async doScore(samples, { abortSignal }) {
    abortSignal.throwIfAborted();
    return samples.map(scoreFacts);
  },
});

function scoreFacts({ original = '', rephrased }: RewardSample): RewardScore {
  if (saysNothing(original)) {
    return { outcome: 'unscored', reason: 'the original is empty' };
  }
  if (saysNothing(rephrased)) {
    return { outcome: 'scored', value: 0 };
  }
  // One language for both: a translated rewrite has lost its negations as far as anybody can tell here.
  const language = guessLanguage(original);
  const comparison = compareFacts(extractFacts(original, language), extractFacts(rephrased, language));
  const { precision, recall, value } = rateFacts(comparison);
  const { kinds } = comparison;
  return {
    outcome: 'scored',
    value,
    details: {
      language: language ?? null,
      precision,
      recall,
      added: listFacts(comparison.added),
      lost: listFacts(comparison.lost),
      leftOut: leftOut(comparison.added) + leftOut(comparison.lost),
      kinds: Object.fromEntries(
        Object.entries(kinds)
          .filter(([, kind]) => kind.original > 0 || kind.rephrased > 0)
          .map(([name, kind]) => [name, { ...kind }]),
      ),
    },
  };
}

/**
 * Recall weighs a third of precision: of ten facts, one changed (it is added and lost) costs more than five dropped,
 * because pages lose dates and links with their boilerplate and nothing true needs a new fact.
 */
const beta = 1 / 3;

/** The text itself counts as one fact that is kept: without facts the score is 1, and one lie among few is no 0. */
const keptFacts = 1;

function rateFacts({ kinds, added, lost }: FactComparison): { precision: number; recall: number; value: number } {
  const count = (side: 'original' | 'rephrased') => Object.values(kinds).reduce((sum, kind) => sum + kind[side], 0);
  const share = (missing: number, all: number) => (all - missing + keptFacts) / (all + keptFacts);
  const precision = share(added.length, count('rephrased'));
  const recall = share(lost.length, count('original'));
  const value = ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
  // Rounding may lift equal halves a hair above 1.
  return { precision, recall, value: Math.min(1, value) };
}

const mostListed = 20;
const mostCharacters = 80;

function listFacts(facts: readonly Fact[]): readonly string[] {
  return facts
    .slice(0, mostListed)
    .map(({ kind, value }) => `${kind} ${value}`.slice(0, mostCharacters).toWellFormed());
}

function leftOut(facts: readonly Fact[]): number {
  return Math.max(0, facts.length - mostListed);
}
