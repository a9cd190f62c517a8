import type { CorpusPair } from '../contract/evaluator.ts';
import type { Document } from '../contract/rephraser.ts';
import type { RewardSample } from '../contract/reward.ts';
import { fakeCompletion } from './fake-completion.ts';
import { nastyTexts } from './nasty-texts.ts';

const page = `Home | Shop | Contact

The mill was built in 1874 by Anna Berg and ran until 12 March 1931. It could grind 40 kg of rye an hour.

- Open from 10:00 to 16:00
- Tickets cost 5.50

Read more at https://example.org/mill?lang=en. Children must not climb the wheel.`;

const rewrite = `The mill, built by Anna Berg in 1874, ran until 12 March 1931 and could grind 40 kg of rye an hour.

- Open from 10:00 to 16:00
- Tickets cost 5.50

More at https://example.org/mill?lang=en. Children must not climb the wheel.`;

const rewritings = [rewrite, page, '', 'A mill from 1874.', `${rewrite}\n\n${rewrite}`, ...nastyTexts];

/** Rephrasings of all sorts, some with the completion that they were read from. */
export const sampleRewardSamples: readonly RewardSample[] = rewritings.map((rephrased, index) => ({
  id: `sample-${index}`,
  original: index % 4 === 3 ? rephrased : page,
  rephrased,
  metadata: { url: 'https://example.org', nested: { list: [null, 1n] } },
  ...(index % 2 === 0 && { completion: fakeCompletion(rephrased) }),
}));

export const samplePairs: readonly CorpusPair[] = rewritings.slice(0, 5).map((rephrased, index) => ({
  id: `pair-${index}`,
  original: page,
  rephrased,
  metadata: {},
}));

/** Pages of all sorts: structure, scripts, length, white space, nothing. */
export const sampleDocuments: readonly Document[] = [
  page,
  `  \n\n${page}\r\n\r\n${rewrite}\n\n`,
  `${`${rewrite}\n\n`.repeat(40)}The end.`,
  `Code:\n\n\`\`\`python\ndef f(x):\n\n    return x\n\`\`\`\n\n| a | b |\n|---|---|\n| 1 | 2 |`,
  ...nastyTexts,
].map((text, index) => ({ id: `document-${index}`, text, metadata: { url: `https://example.org/${index}` } }));
