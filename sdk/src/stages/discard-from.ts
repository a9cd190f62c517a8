import { discardDecision } from '../run/discard-part.ts';
import { type Decision, partKey } from '../run/journal.ts';
import type { RunFolder } from '../run/run-folder.ts';
import { type StageName, stageNames } from '../session/session-event.ts';

/** Takes back a part of a stage, and what later stages have made of it; nothing when something else stands by now. */
export async function discardFrom(run: RunFolder, stage: StageName, decision: Decision): Promise<void> {
  const { part } = decision.commit;
  const { standing } = await run.journal.read();
  if (standing.get(partKey(stage, part)) !== decision) {
    return;
  }
  // The last first: nothing may stand on a part that is gone.
  for (const later of stageNames.slice(stageNames.indexOf(stage) + 1).toReversed()) {
    const made = standing.get(partKey(later, part));
    if (made !== undefined) {
      await discardDecision(run, made);
    }
  }
  await discardDecision(run, decision);
}
