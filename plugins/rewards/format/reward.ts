import { defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { defaultOpener } from '../../opener.ts';

const Config = z.strictObject({
  /** Words that stand before the rephrased text; the same as the rephraser's. */
  opener: z.string().trim().min(1).default(defaultOpener),
  /**
   * `optional`: a think block may stand before the opener and must then be whole. Many models have no such block and
   * some servers strip it, and neither shows in the completion.
   * `expected`: the block must be there, unless the chat template has already put it into the prompt. The paper's
   * rule, for a model that thinks behind a template that leaves the block to it.
   */
  think: z.enum(['optional', 'expected']).default('optional'),
});

type Config = z.output<typeof Config>;

/** 1 when the raw completion is a think block, a blank line and the opener (or the opener alone, see `think`), else 0. */
export const formatReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'format',
  configSchema: Config,
  range: [0, 1],
  reads: 'pair',

  async doScore(samples, { config, abortSignal }) {
    abortSignal.throwIfAborted();
    return samples.map((sample) => scoreFormat(sample, config));
  },
});

function scoreFormat({ completion }: RewardSample, { opener, think }: Config): RewardScore {
  if (completion === undefined) {
    return { outcome: 'unscored', reason: 'there is no raw completion; only training and try have one' };
  }
  if (completion.outcome === 'failed') {
    return { outcome: 'unscored', reason: `the completion failed: ${completion.reason}` };
  }
  const { text, thinkPrefilled } = completion;
  const opensAtOnce = text.trimStart().startsWith(opener);
  const blockIsLeftOut = thinkPrefilled || think === 'optional';
  const good = opensAtOnce ? blockIsLeftOut : !thinkPrefilled && opensAfterBlock(text, opener);
  return { outcome: 'scored', value: good ? 1 : 0 };
}

const blockEnd = '</think>';

/**
 * Whether a blank line and the opener follow the end of a think block. Its beginning is not looked for: several
 * templates put it into the prompt.
 */
function opensAfterBlock(text: string, opener: string): boolean {
  for (let at = text.indexOf(blockEnd); at !== -1; at = text.indexOf(blockEnd, at + 1)) {
    const behind = text.slice(at + blockEnd.length);
    const answer = behind.trimStart();
    if (answer.startsWith(opener)) {
      const gap = behind.slice(0, behind.length - answer.length);
      return gap.split('\n').length > 2;
    }
  }
  return false;
}
