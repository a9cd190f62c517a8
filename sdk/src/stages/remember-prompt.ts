import { hash } from 'node:crypto';
import type { RunFolder } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';

const sampleDocument = { id: 'sample', text: 'A short page. It says little.', metadata: {} };

/**
 * Keeps in run.json the hash of the token ids of one rendered prompt: training and recycling must ask with the same ones.
 * Gives a warning when this call would ask with others than the run has.
 */
export async function rememberPrompt({ rephraser, models, emit }: Session, run: RunFolder): Promise<void> {
  if (rephraser === undefined || 'by' in rephraser || rephraser.host.model === undefined) {
    return;
  }
  const { name, host } = rephraser;
  // Its own `split` makes the passage: only that is sure to be one that `prompt` takes.
  const [passage] = rephraser.split(sampleDocument, await host.window());
  const [prompt] = passage === undefined ? [] : rephraser.prompt(passage);
  if (prompt === undefined || host.model === undefined) {
    return;
  }
  const now = hash('sha256', JSON.stringify(await models.render(host.model, prompt)));
  const kept = await run.remember(`prompt/${name}/${host.model}`, now);
  if (kept !== now) {
    emit({ type: 'warning', message: `The prompt of ${name} is read as other tokens than when this run began.` });
  }
}
