import { createHash } from 'node:crypto';
import { defineRephraser, joinParts, type Passage, splitDocument } from '@repro/sdk/contract';
import { z } from 'zod';

const styles = {
  easy: 'Explain this passage again in short sentences and words that a young child knows.',
  medium: 'Write this passage again in clear, well-edited English, as an encyclopaedia would.',
  hard: 'Write this passage again for a scholar: terse, exact, with the terms of the field.',
  questions:
    'Turn this passage into a conversation of questions, each marked "Question:" and answered after "Answer:".',
} as const;

const Config = z.strictObject({
  /** Each passage gets one of these, drawn by its id and place. */
  styles: z
    .array(z.enum(['easy', 'medium', 'hard', 'questions']))
    .min(1)
    .default(['medium']),
  /** About 300 in the paper; longer passages lose more of what they say. */
  maxTokens: z.int().positive().default(300),
});

type Config = z.infer<typeof Config>;

/** WRAP (Maini et al. 2024): a paraphrase in one of a few styles. */
export const wrapRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'wrap',
  configSchema: Config,

  split(document, { config, countTokens }) {
    return splitDocument(document, { maxCharacters: 8 * config.maxTokens, maxTokens: config.maxTokens, countTokens });
  },

  prompt(passage, config) {
    return { messages: [{ role: 'user', content: `${styles[drawStyle(passage, config)]}\n\n${passage.text}` }] };
  },

  parse([completion], passage, config) {
    const text = completion?.text.trim() ?? '';
    if (completion?.finishReason !== 'stop' || text === '') {
      return { outcome: 'rejected', reason: text === '' ? 'empty' : 'cut-off' };
    }
    return text === passage.text
      ? { outcome: 'rejected', reason: 'echo' }
      : { outcome: 'rephrased', text, operation: drawStyle(passage, config) };
  },

  join: joinParts,
});

/** The same style whenever the passage is asked about: `prompt` and `parse` are pure. */
function drawStyle({ documentId, index }: Passage, { styles }: Config): Config['styles'][number] {
  const draw = createHash('sha256').update(`${documentId}\n${index}`).digest().readUInt32LE();
  return styles[draw % styles.length] ?? 'medium';
}
