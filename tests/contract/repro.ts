import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { z } from 'zod';

const opener = 'Here is a paraphrased version:';

const Config = z.strictObject({
  /** 7,000 is the paper's value. */
  maxCharacters: z.int().positive().default(7000),
});

const instruction = `Rewrite the page below so that it reads well and loses nothing of what it says.
Leave out navigation, consent notices and footers. Keep lists, tables and code as they are. Add nothing of your own.
Begin your answer with the line "${opener}".`;

/** RePro (Yu and Xiong 2025): the trained model writes the passage anew after an agreed opener. */
export const reproRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'repro-sketch',
  configSchema: Config,

  split(document, { config, countTokens, sampling, contextTokens }) {
    const { maxTokens = contextTokens / 2 } = sampling;
    const room = Math.min(maxTokens, contextTokens - maxTokens - countTokens(instruction));
    // A rewrite may be a quarter longer than its source and must still end before the limit.
    return splitDocument(document, {
      maxCharacters: config.maxCharacters,
      maxTokens: Math.max(1, Math.floor(room / 1.25)),
      countTokens,
    });
  },

  prompt(passage) {
    return {
      messages: [
        { role: 'system', content: 'You are a careful editor.' },
        { role: 'user', content: `${instruction}\n\n${passage.text}` },
      ],
    };
  },

  parse([completion]) {
    if (completion?.finishReason !== 'stop') {
      return { outcome: 'rejected', reason: 'cut-off' };
    }
    const answer = completion.text.replace(/^\s*<think>.*?<\/think>/s, '').trimStart();
    if (!answer.startsWith(opener)) {
      return { outcome: 'rejected', reason: 'no-opener', detail: answer.slice(0, 40).toWellFormed() };
    }
    const text = answer.slice(opener.length).trim();
    return text === '' ? { outcome: 'rejected', reason: 'empty' } : { outcome: 'rephrased', text };
  },

  join: joinParts,
});
