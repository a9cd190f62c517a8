import { z } from 'zod';
import { describeFound } from '../plugins/describe-found.ts';

// Each message says what was expected.
const wellFormed = z.string().refine((text) => text.isWellFormed(), 'well-formed Unicode');
const someText = wellFormed.regex(/\S/, 'text, not only white space');
const operation = wellFormed.min(1, 'a name').optional();
const reason = wellFormed.regex(/^[a-z0-9]+([-_][a-z0-9]+)*$/, 'a reason such as "cut-off"');

const Passage = z.strictObject({
  documentId: z.string(),
  index: z.int().nonnegative(),
  before: wellFormed.regex(/^\s*$/, 'white space'),
  text: someText,
  state: z.unknown().optional(),
});

const Passages = z.array(Passage);

const outcomes = [
  z.strictObject({ outcome: z.literal('rephrased'), text: someText, operation }),
  z.strictObject({
    outcome: z.literal('expanded'),
    texts: z.array(z.strictObject({ text: someText, operation })).min(1, 'at least one'),
    rejected: z.array(z.strictObject({ operation, reason })).optional(),
  }),
  z.strictObject({ outcome: z.literal('kept') }),
  z.strictObject({ outcome: z.literal('dropped'), reason }),
  z.strictObject({ outcome: z.literal('continue'), passages: z.array(Passage).min(1, 'at least one') }),
  z.strictObject({ outcome: z.literal('rejected'), reason, detail: wellFormed.optional() }),
] as const;
/** The shape of every outcome, as the contract has it. */
const Outcome = z.discriminatedUnion('outcome', outcomes);
const namesOfOutcomes = outcomes.flatMap(({ shape }) => [...shape.outcome.values]).join(', ');

/** Which field of an answer breaks the contract. */
export interface Fault {
  /** `texts.0.text`; empty for the answer as a whole. */
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

/** What is wrong with an outcome that a plugin's `parse` gave; nothing when it keeps the contract. */
export function findFaultOfRephrasing(rephrasing: unknown): Fault | undefined {
  return faultOf(rephrasing, Outcome.safeParse(rephrasing).error);
}

/** What is wrong with the passages that a plugin's `split` gave. */
export function findFaultOfPassages(passages: unknown): Fault | undefined {
  return faultOf(passages, Passages.safeParse(passages).error);
}

function faultOf(answer: unknown, error: z.ZodError | undefined): Fault | undefined {
  const [issue] = error?.issues ?? [];
  if (issue === undefined) {
    return undefined;
  }
  if (issue.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0] ?? ''];
    return { field: field.join('.'), found: describeFound(valueAt(answer, field)), expected: 'no such field' };
  }
  const expected =
    issue.code === 'invalid_union'
      ? `one of ${namesOfOutcomes}`
      : (/expected ([^,]+)/.exec(issue.message)?.[1] ?? issue.message);
  return { field: issue.path.join('.'), found: describeFound(valueAt(answer, issue.path)), expected };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
