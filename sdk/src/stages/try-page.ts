import { ExistingOutputError } from '../errors/existing-output.ts';
import { openPosixStore } from '../run/posix-store.ts';
import { readRunFile } from '../run/run-file.ts';
import { openRunForReading } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { type RephrasedPage, rephrase } from './rephrase.ts';
import { checkTrainedPrompt, useTrainedModel } from './use-trained-model.ts';

/**
 * Rephrases one page with the model that `recycle` would ask: the trained one of the run where there is one. What `recycle`
 * would refuse of it is a warning here. Writes nothing.
 */
export async function tryPage(session: Session, page: Parameters<typeof rephrase>[1]): Promise<RephrasedPage> {
  return await rephrase(await recyclingSession(session), page);
}

async function recyclingSession(session: Session): Promise<Session> {
  if ((await readRunFile(openPosixStore(session.runFolder))) === undefined) {
    return session;
  }
  const seen = await openRunForReading(session.runFolder);
  const silent = { ...session, emit: () => undefined };
  await warnOfRefusal(session, () => useTrainedModel(silent, { limit: undefined, existing: undefined, seen }));
  const { session: recycling, trained } = await useTrainedModel(session, { limit: undefined, existing: 'keep', seen });
  if (trained !== undefined) {
    await warnOfRefusal(session, () => checkTrainedPrompt(recycling, seen, trained));
  }
  return recycling;
}

async function warnOfRefusal({ emit }: Session, check: () => Promise<unknown>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof ExistingOutputError)) {
      throw error;
    }
    for (const { part, why } of error.parts) {
      emit({ type: 'warning', message: `${part}, which recycle would refuse: ${why}` });
    }
  }
}
