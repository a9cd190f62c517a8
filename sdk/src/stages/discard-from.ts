import { discardPart } from '../run/discard-part.ts';
import type { PartCommit } from '../run/part-commit.ts';
import { readCommit } from '../run/read-commit.ts';
import type { RunFolder } from '../run/run-folder.ts';
import { type StageName, stageNames } from '../session/session-event.ts';

/** Takes back a part of a stage as it was `seen`, and what later stages have made of it. */
export async function discardFrom(
  run: RunFolder,
  stage: StageName,
  part: number,
  seen: PartCommit | undefined,
  options: { readonly logs?: boolean } = {},
): Promise<void> {
  // The last first: nothing may stand on a part that is gone.
  for (const later of stageNames.slice(stageNames.indexOf(stage) + 1).toReversed()) {
    const found = await readCommit(run, later, part);
    await discardPart(run, later, part, 'commit' in found ? found.commit : undefined);
  }
  await discardPart(run, stage, part, seen, options);
}
