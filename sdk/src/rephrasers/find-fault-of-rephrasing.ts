import { z } from 'zod';

const wellFormed = z.string().refine((text) => text.isWellFormed(), 'is no well-formed Unicode');
const operation = wellFormed.min(1).optional();
const reason = wellFormed.regex(/^[a-z0-9]+([-_][a-z0-9]+)*$/, 'is no reason such as "cut-off"');
const passage = z.strictObject({
  documentId: z.string(),
  index: z.int().nonnegative(),
  before: wellFormed.regex(/^\s*$/, 'is not white space'),
  text: wellFormed.regex(/\S/, 'has no text'),
  state: z.unknown().optional(),
});

/** The shape of every outcome, as the contract has it. */
const Outcome = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('rephrased'), text: wellFormed.regex(/\S/, 'has no text'), operation }),
  z.strictObject({
    outcome: z.literal('expanded'),
    texts: z.array(z.strictObject({ text: wellFormed.regex(/\S/, 'has no text'), operation })).min(1),
    rejected: z.array(z.strictObject({ operation, reason })).optional(),
  }),
  z.strictObject({ outcome: z.literal('kept') }),
  z.strictObject({ outcome: z.literal('dropped'), reason }),
  z.strictObject({ outcome: z.literal('continue'), passages: z.array(passage).min(1) }),
  z.strictObject({ outcome: z.literal('rejected'), reason, detail: wellFormed.optional() }),
]);

/** What is wrong with an outcome that a plugin's `parse` gave; nothing when it keeps the contract. */
export function findFaultOfRephrasing(rephrasing: unknown): string | undefined {
  const { error } = Outcome.safeParse(rephrasing);
  return error && `${JSON.stringify(rephrasing)}: ${z.prettifyError(error)}`;
}
