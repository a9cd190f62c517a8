import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({ maxTokens: z.int().positive().default(1024) });

const instruction = `Decide first what this text needs, then do it. The first line of your answer is one tag:
<keep> nothing to do, <delete> not worth keeping, <extract> lines worth keeping, copied word for word,
<edit> the text with small repairs, <rewrite> the text written anew. What you made follows from the second line on.`;

/** ReScraper: one model, which names the operation before it carries it out. */
export const rescraperRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'rescraper',
  configSchema: Config,

  split(document, { config: { maxTokens }, countTokens }) {
    return splitDocument(document, { maxCharacters: 8 * maxTokens, maxTokens, countTokens });
  },

  prompt({ text }) {
    return { messages: [{ role: 'user', content: `${instruction}\n\n${text}` }] };
  },

  parse([completion], passage) {
    const [, operation, payload = ''] =
      /^\s*<(keep|delete|extract|edit|rewrite)>(.*)$/s.exec(completion?.text ?? '') ?? [];
    const text = payload.trim();
    switch (operation) {
      case undefined:
        return { outcome: 'rejected', reason: 'no-opener' };
      case 'keep':
        return { outcome: 'kept' };
      case 'delete':
        return { outcome: 'dropped', reason: 'delete' };
      default:
        if (completion?.finishReason === 'length') {
          return { outcome: 'rejected', reason: 'cut-off' };
        }
        if (text === '') {
          return { outcome: 'rejected', reason: 'empty', detail: operation };
        }
        return operation === 'extract' && !isExtract(text, passage.text)
          ? { outcome: 'rejected', reason: 'bad-program', detail: 'an extracted line is not in the text' }
          : { outcome: 'rephrased', text, operation };
    }
  },

  join: joinParts,
});

/** Whether each line stands in the text, in the same order. */
function isExtract(extract: string, text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    [Symbol.iterator]();
  return extract
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .every((wanted) => lines.some((line) => line === wanted));
}
