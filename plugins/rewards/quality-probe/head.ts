import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Auc = z.object({ value: z.number(), low: z.number(), high: z.number(), good: z.int(), other: z.int() });

/** What `repro classifier train --probe` writes: a linear head, and where it is from. */
const Head = z.object({
  /** The frozen model that it reads, and the content that this name stood for. */
  encoder: z.string(),
  revision: z.string(),
  /** Layer whose hidden states are averaged, from 1. */
  layer: z.int().positive(),
  /** How often a good page is above another one: in folds of the half that it was trained on, and in the other half. */
  auc: z.object({ folds: Auc, heldOut: Auc }),
  recipe: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Log-odds of the check text, by which the worker notices another encoder. */
  check: z.number(),
  bias: z.number(),
  weights: z.array(z.number()).min(1),
});
export type Head = z.infer<typeof Head>;

/** The heads that come with this package, by encoder. */
const shipped: Readonly<Record<string, URL>> = {
  'builtin:smollm2-135m': new URL('./heads/smollm2-135m.json', import.meta.url),
};
export const shippedEncoders = Object.keys(shipped);

/** The text of the head that comes with this package for an encoder. */
export function readShippedHead(encoder: string): string | undefined {
  const file = shipped[encoder];
  return file && readFileSync(file, 'utf8');
}

/** A head from its JSON text, or what is wrong with it. */
export function parseHead(text: string): Head | string {
  try {
    const parsed = Head.safeParse(JSON.parse(text));
    const [issue] = parsed.error?.issues ?? [];
    return parsed.data ?? `${issue?.path.join('.')}: ${issue?.message}`;
  } catch (error) {
    return (error as Error).message;
  }
}
