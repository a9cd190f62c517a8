import { hash } from 'node:crypto';
import type { RunFolder } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';

const samplePassage = { documentId: 'sample', index: 0, before: '', text: 'A short page. It says little.' };

/**
 * Keeps in run.json the hash of the token ids of one rendered prompt: training and recycling must ask with the same ones.
 * Gives a warning when this call would ask with others than the run has.
 */
export async function rememberPrompt({ rephraser, models, emit }: Session, run: RunFolder): Promise<void> {
  if (rephraser === undefined || 'by' in rephraser || rephraser.host.model === undefined) {
    return;
  }
  const { name, host } = rephraser;
  const [prompt] = rephraser.prompt(samplePassage);
  if (prompt === undefined || host.model === undefined) {
    return;
  }
  const now = hash('sha256', JSON.stringify(await models.render(host.model, prompt)));
  const kept = await run.remember(`prompt/${name}/${host.model}`, now);
  if (kept !== now) {
    emit({ type: 'warning', message: `The prompt of ${name} is read as other tokens than when this run began.` });
  }
}
