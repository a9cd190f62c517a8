import { hash } from 'node:crypto';
import type { Prompt } from '../contract/model.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { Session } from '../session/open-session.ts';

const sampleDocument = { id: 'sample', text: 'A short page. It says little.', metadata: {} };

/**
 * Hashes of the token ids of rendered prompts, one for each model that each rephraser of the recipe asks, as
 * `prompt/repro/small`: training and recycling, the first call and the last, must ask with the same ones. Starts the
 * models.
 */
export async function hashPrompts({ rephraser, models }: Session): Promise<ReadonlyMap<string, string>> {
  const bound = rephraser === undefined ? [] : 'by' in rephraser ? rephraser.cases.map(({ to }) => to) : [rephraser];
  const hashes = new Map<string, string>();
  for (const one of bound) {
    if (typeof one === 'string' || one.host.endpoints.size === 0) {
      continue;
    }
    const prompts = await samplePrompts(one);
    for (const [role, endpoint] of one.host.endpoints) {
      const own = prompts.filter(({ model = 'default' }) => model === role);
      // A role that is only asked after others: its tokenizer still has to be the same.
      const asked = own.length > 0 ? own : [{ text: sampleDocument.text }];
      const tokenIds = await Promise.all(asked.map((prompt) => models.render(endpoint, prompt)));
      const name = role === 'default' ? endpoint : `${endpoint} as ${role}`;
      hashes.set(`prompt/${one.name}/${name}`, hash('sha256', JSON.stringify(tokenIds)));
    }
  }
  return hashes;
}

/** Its own `split` makes the passage: only that is sure to be one that `prompt` takes. */
async function samplePrompts(rephraser: BoundRephraser): Promise<readonly Prompt[]> {
  const [passage] = rephraser.split(sampleDocument, await rephraser.host.window());
  return passage === undefined ? [] : rephraser.prompt(passage);
}
