import { defineRephraser, joinParts, type RephraserV1, splitDocument } from '@repro/sdk/contract';
import { testRephraser } from '@repro/sdk/testing';
import { z } from 'zod';

type Config = Record<string, never>;

/** A sound rephraser with one fault put into it. */
function broken(name: string, fault: Partial<RephraserV1<Config>>): void {
  const rephraser = defineRephraser<Config>({
    specificationVersion: 'v1',
    kind: 'rephraser',
    name,
    configSchema: z.strictObject({}),
    split: (document) => splitDocument(document, { maxCharacters: 200 }),
    prompt: (passage) => ({ text: passage.text }),
    parse: ([completion]) =>
      completion?.finishReason === 'stop' && completion.text.trim() !== ''
        ? { outcome: 'rephrased', text: completion.text }
        : { outcome: 'rejected', reason: 'cut-off' },
    join: joinParts,
    ...fault,
  });
  testRephraser(rephraser, { config: {}, complete: () => 'Rye.' });
}

broken('sound', {});
broken('same-index', {
  split: (document) => splitDocument(document, { maxCharacters: 200 }).map((passage) => ({ ...passage, index: 0 })),
});
broken('loses-separators', { join: (parts) => parts.map(({ text }) => text).join(' ') });
broken('throws', {
  parse: ([completion]) => ({ outcome: 'rephrased', text: JSON.parse(completion?.text ?? '') }),
});
broken('keeps-cut-answers', {
  parse: ([completion]) => ({ outcome: 'rephrased', text: completion?.text.trim() || 'nothing' }),
});
broken('other-model', { prompt: (passage) => ({ text: passage.text, model: 'judge' }) });
broken('half-characters', { prompt: ({ text }) => ({ text: `${text.slice(0, 1)}\ud83d` }) });
