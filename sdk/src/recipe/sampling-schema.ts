import { z } from 'zod';

/** How tokens are drawn; what is left out is decided elsewhere. */
export const Sampling = z.strictObject({
  temperature: z.number().min(0).optional(),
  topP: z.number().gt(0).max(1).optional(),
  topK: z.int().min(0).optional(),
  maxTokens: z.int().positive().optional(),
  stop: z.array(z.string().min(1)).optional(),
  repetitionPenalty: z.number().positive().optional(),
  /** Tokens of one repeated pattern that end a completion; 0 never does. */
  stopRepetitionAfter: z.int().min(0).optional(),
});
