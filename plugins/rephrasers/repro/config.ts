import { z } from 'zod';
import { defaultOpener } from '../../opener.ts';
import { PromptTemplate } from '../../prompt-template.ts';

export const Config = z.strictObject({
  /** Longest passage in code points. 7,000 is the paper's value. */
  maxCharacters: z.int().min(1).default(7000),
  /** The line that a good answer begins with; what follows it is the text. It belongs to what the model was trained on. */
  opener: z.string().trim().min(1).default(defaultOpener),
  /**
   * Begins the answer for the model with the opener, for one that forgets it. A checkpoint whose training did not begin
   * with it answers best without.
   */
  prefill: z.boolean().default(false),
  /** Instruction with one `{text}` where the page goes, for a checkpoint that was trained on words of its own. */
  prompt: PromptTemplate.optional(),
  /** System message that goes with it. */
  system: z.string().min(1).optional(),
});

export type ReproConfig = z.output<typeof Config>;
