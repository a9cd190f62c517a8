import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({
  /** How much longer than its source the improved page, with the reasoning before it, may become. */
  growth: z.number().positive().default(3),
});

const instruction = `First think aloud: whom is this page for, what does it want to teach, where does it fail?
Then plan a better page. Then write it between <page> and </page>, complete, with no remark outside of it.`;

/** ReWire (Nguyen et al. 2025): reason about the page, plan, then write an improved one; the reasoning is cut away. */
export const rewireRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'rewire',
  configSchema: Config,

  split(document, { config, countTokens, sampling, contextTokens }) {
    const room = contextTokens - countTokens(instruction);
    const maxTokens = Math.floor(Math.min((sampling.maxTokens ?? room) / config.growth, room / (1 + config.growth)));
    return splitDocument(document, { maxCharacters: 8 * room, maxTokens: Math.max(1, maxTokens), countTokens });
  },

  prompt(passage) {
    return { messages: [{ role: 'user', content: `${instruction}\n\nThe page:\n${passage.text}` }] };
  },

  parse([completion]) {
    const answer = completion?.text ?? '';
    const start = answer.lastIndexOf('<page>');
    if (start === -1) {
      return { outcome: 'rejected', reason: completion?.finishReason === 'length' ? 'cut-off' : 'no-opener' };
    }
    const end = answer.indexOf('</page>', start);
    if (end === -1) {
      return { outcome: 'rejected', reason: 'cut-off' };
    }
    const text = answer.slice(start + '<page>'.length, end).trim();
    return text === ''
      ? { outcome: 'rejected', reason: 'empty' }
      : { outcome: 'rephrased', text, operation: 'improve' };
  },

  join: joinParts,
});
