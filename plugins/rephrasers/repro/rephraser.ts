import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { Config } from './config.ts';
import { instructionOf } from './instruction.ts';
import { begunAnswer, parseAnswer } from './parse-answer.ts';
import { passageLimits } from './passage-limits.ts';

/**
 * RePro (Yu and Xiong 2025): a small model writes each passage anew after an agreed opener and keeps what it says.
 * The instruction is our own; `prompt` and `system` take the words of a checkpoint that was trained on others.
 */
export const reproRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'repro',
  configSchema: Config,
  roles: ['default'],

  split: (document, context) => splitDocument(document, passageLimits(context)),

  prompt(passage, config) {
    const { system, head, tail } = instructionOf(config);
    const question = [
      { role: 'system', content: system },
      { role: 'user', content: head + passage.text + tail },
    ] as const;
    const begun = { role: 'assistant', content: begunAnswer(config.opener) } as const;
    return { messages: config.prefill ? [...question, begun] : question };
  },

  parse([completion], passage, config) {
    return completion
      ? parseAnswer(completion, passage.text, config)
      : { outcome: 'rejected', reason: 'empty', detail: 'no completion' };
  },

  join: joinParts,
});
