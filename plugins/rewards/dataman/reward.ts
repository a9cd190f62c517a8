import { defineReward, type Prompt, type RewardSample, SettingsRefusedError } from '@repro/sdk/contract';
import { z } from 'zod';
import { cutAtPage, PromptTemplate } from '../../prompt-template.ts';
import { saysNothing } from '../says-nothing.ts';
import { cleanPage } from './clean-page.ts';
import { highestQuality, lowestQuality } from './read-overall.ts';
import { type Pair, scoreGain } from './score-gain.ts';

const Config = z.strictObject({
  /** The template that the scorer was trained on, `{text}` where the page goes: it understands no other. */
  prompt: PromptTemplate,
  /** Field of a record that holds the original's quality, 1 to 5, where it was computed before; the scorer is asked where it is missing. */
  label: z.string().min(1).optional(),
  /** Tokens of a text that the scorer sees, half from its beginning and half from its end. 1,894 is the paper's value. */
  maxTextTokens: z.int().min(2).default(1894),
  /** Room for the answer. DataMan's has 29 tokens; a few more let it end. */
  maxAnswerTokens: z.int().min(1).default(32),
});

type Config = z.output<typeof Config>;

/** Begins the file of a project template: a plan can be made with it, and nothing scored. */
const placeholder = 'REPLACE THIS FILE';

/**
 * Gain in overall quality, 1 to 5, by DataMan (Peng et al. 2025) or another scorer on that scale: that of the rephrasing
 * less that of the original. Eight rollouts of one page cost nine answers, as the host asks for the original's once. An
 * empty rephrasing has the lowest quality. A scorer that answers otherwise has failed, and the text is unscored.
 */
export const datamanReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'dataman',
  configSchema: Config,
  roles: ['default'],
  range: [lowestQuality - highestQuality, highestQuality - lowestQuality],
  reads: 'pair',

  async doScore(samples, { config, generate, models, abortSignal }) {
    abortSignal.throwIfAborted();
    if (config.prompt.startsWith(placeholder)) {
      throw new SettingsRefusedError(
        'prompt is still the file that the project template brings along; put the words there that the scorer was trained on.',
      );
    }
    const pairs = samples.map((sample) => readPair(sample, config));
    const pages = [...new Set(pairs.flatMap(pagesToAsk))];
    const prompts = pages.map((page) => scorerPrompt(page, config));
    const sampling = { temperature: 0, maxTokens: config.maxAnswerTokens };
    const completions = await generate(models.default, prompts, { ...sampling, abortSignal });
    const answers = new Map(pages.map((page, index) => [page, completions[index]]));
    return pairs.map((pair) => scoreGain(pair, answers));
  },
});

function readPair({ original = '', rephrased, metadata }: RewardSample, { label }: Config): Pair {
  const stored = label === undefined ? undefined : metadata[label];
  const isQuality = typeof stored === 'number' && stored >= lowestQuality && stored <= highestQuality;
  return {
    original: cleanPage(original),
    rephrased: cleanPage(rephrased),
    known: isQuality ? stored : undefined,
  };
}

function pagesToAsk({ original, rephrased, known }: Pair): readonly string[] {
  if (saysNothing(original) || original === rephrased) {
    return [];
  }
  return [...(known === undefined ? [original] : []), ...(saysNothing(rephrased) ? [] : [rephrased])];
}

function scorerPrompt(page: string, { prompt, maxTextTokens }: Config): Prompt {
  const { head, tail } = cutAtPage(prompt);
  const content = [head, { text: page, maxTokens: maxTextTokens, keep: 'head-and-tail' }, tail] as const;
  return { messages: [{ role: 'user', content }] };
}
