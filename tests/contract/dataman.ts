import { type Completion, defineReward, type Prompt } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({
  /** The scorer's own template, `{text}` where the page goes: a fine-tuned scorer reads no other. */
  prompt: z.string().includes('{text}'),
  /** Field of the metadata that holds the original's score, where it has been computed before. */
  label: z.string().optional(),
  /** 1,894 is the paper's value. */
  maxTokens: z.int().positive().default(1894),
});

type Config = z.infer<typeof Config>;

/** Gain in overall quality, 1 to 5, by DataMan (Peng et al. 2025). Eight rollouts of one page cost nine calls: the host joins equal ones. */
export const datamanReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'dataman',
  configSchema: Config,
  roles: ['default'],
  range: [-4, 4],
  reads: 'pair',

  async doScore(samples, { config, generate, models, abortSignal }) {
    const prompts = samples.flatMap(({ original = '', rephrased }) =>
      [original, rephrased].map((text) => scorerPrompt(text, config)),
    );
    const answers = await generate(models.default, prompts, { temperature: 0, maxTokens: 29, abortSignal });

    return samples.map(({ metadata }, index) => {
      const stored = config.label === undefined ? undefined : metadata[config.label];
      const before = typeof stored === 'number' ? stored : readOverall(answers[2 * index]);
      const after = readOverall(answers[2 * index + 1]);
      return before === undefined || after === undefined
        ? {
            outcome: 'unscored',
            reason: `the scorer gave no overall score for the ${before ? 'rephrasing' : 'original'}`,
          }
        : { outcome: 'scored', value: after - before, details: { before, after } };
    });
  },
});

function scorerPrompt(text: string, { prompt, maxTokens }: Config): Prompt {
  const [before = '', after = ''] = prompt.split('{text}');
  // 20,000 characters, then tokens with head and tail kept: how the scorer was trained.
  const page = { text: [...text].slice(0, 20_000).join(''), maxTokens, keep: 'head-and-tail' } as const;
  return { messages: [{ role: 'user', content: [before, page, after] }] };
}

/** A letter for the domain, then fourteen digits, the last of them the overall score; anything else is the scorer's failure. */
function readOverall(answer: Completion | undefined): number | undefined {
  const digits = answer?.outcome === 'completed' ? answer.text.match(/\b[1-5]\b/g) : null;
  return digits?.length === 14 ? Number(digits.at(-1)) : undefined;
}
