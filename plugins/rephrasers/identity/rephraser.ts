import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { z } from 'zod';

/** Asks nothing and keeps every page as it is: a baseline, and a way to test all around a rephraser. */
export const identityRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'identity',
  configSchema: z.strictObject({}),

  split: (document) => splitDocument(document, { maxCharacters: Number.POSITIVE_INFINITY }),
  prompt: () => [],
  parse: () => ({ outcome: 'kept' }),
  join: joinParts,
});
