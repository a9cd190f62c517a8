import { defineReward, type LikelihoodRequest } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({
  /** Texts that the student should become good at; the influence is measured on them. */
  references: z.array(z.string().min(1)).min(1),
});

/**
 * SynPro's idea: how much more a text helps the model that is being pretrained than its original does, in nats a token of
 * the references. `model:` names an endpoint that follows the student's checkpoints, so the same pair scores differently later.
 */
export const dataInfluenceReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'data-influence',
  configSchema: Config,
  roles: ['default'],
  range: [-10, 10],
  reads: 'pair',

  async doScore(samples, { config, likelihood, models, abortSignal }) {
    const student = models.default;
    const requests = samples.flatMap(({ original = '', rephrased }): LikelihoodRequest[] =>
      [original, rephrased].flatMap((text) =>
        config.references.map((reference) => ({ context: `${text}\n\n`, continuation: reference })),
      ),
    );
    const answers = await likelihood(student, requests, { abortSignal });
    const perToken = answers.map((answer) =>
      answer.outcome === 'computed' ? answer.sumLogProbability / answer.tokens : undefined,
    );

    const references = config.references.length;
    return samples.map((_sample, index) => {
      const from = index * 2 * references;
      const before = mean(perToken.slice(from, from + references));
      const after = mean(perToken.slice(from + references, from + 2 * references));
      return before === undefined || after === undefined
        ? { outcome: 'unscored', reason: 'a text and its reference do not fit the window of the student' }
        : {
            outcome: 'scored',
            value: Math.min(10, Math.max(-10, after - before)),
            details: { student: student.revision },
          };
    });
  },
});

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
