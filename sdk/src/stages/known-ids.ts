import type { PartCommit } from '../run/part-commit.ts';
import { publishCommit } from '../run/publish-commit.ts';
import type { RunFolder } from '../run/run-folder.ts';
import { IdIndex } from './id-index.ts';
import { readDocumentIds } from './read-document-ids.ts';

/** Every document id of a run, as far as it is known here; several hosts may add to it at the same time. */
export interface KnownIds {
  /** False when the id was there already. */
  add(id: string): boolean;
  /** Takes in what other hosts have decided since, and says whether ids of this host turned out to be taken. */
  learn(): Promise<boolean>;
  /** Whether another host committed an id that was already known here: that record is the second one with it. */
  isTaken(id: string): boolean;
}

/** Begins with the ids of `accepted`; everything else that was decided so far does not count. */
export async function openKnownIds(run: RunFolder, accepted: Iterable<PartCommit>): Promise<KnownIds> {
  const ids = new IdIndex();
  const taken = new Set<string>();
  let looked = run.journal.state.decisions.length;
  for (const commit of accepted) {
    await readDocumentIds(run, commit, (id) => ids.add(id));
  }
  return {
    add: (id) => ids.add(id),
    isTaken: (id) => taken.has(id),
    async learn() {
      const before = taken.size;
      for (; looked < run.journal.state.decisions.length; looked += 1) {
        const decision = run.journal.state.decisions[looked];
        if (decision?.commit.stage === 'recycle' && decision.host !== run.host) {
          // Its host may not have come to that yet.
          await publishCommit(run.store, decision);
          await readDocumentIds(run, decision.commit, (id) => {
            if (!ids.add(id)) {
              taken.add(id);
            }
          });
        }
      }
      return taken.size > before;
    },
  };
}
