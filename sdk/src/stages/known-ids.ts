import { partKey } from '../run/journal.ts';
import type { PartCommit } from '../run/part-commit.ts';
import { publishCommit } from '../run/publish-commit.ts';
import type { RunFolder } from '../run/run-folder.ts';
import { IdIndex } from './id-index.ts';
import { readDocumentIds } from './read-document-ids.ts';

/** The document ids of all committed parts of a run, as far as it is known here. */
export interface KnownIds {
  has(id: string): boolean;
  add(id: string): void;
  /**
   * Takes in what other hosts have committed since, and hands over each id of it. `isNewest`: the journal as it was read
   * is all there is, so that a part that cannot be read is a fault and not one that was just taken back.
   */
  learn(take: (id: string) => void, options: { readonly isNewest: boolean }): Promise<void>;
}

/** Begins with the ids of `accepted`; of the first `decisions` of the journal nothing else counts. */
export async function openKnownIds(
  run: RunFolder,
  { accepted, decisions }: { readonly accepted: Iterable<PartCommit>; readonly decisions: number },
): Promise<KnownIds> {
  const ids = new IdIndex();
  let looked = decisions;
  for (const commit of accepted) {
    await readDocumentIds(run, commit, (id) => ids.add(id));
  }
  return {
    has: (id) => ids.has(id),
    add: (id) => void ids.add(id),
    async learn(take, { isNewest }) {
      const { state } = run.journal;
      for (; looked < state.decisions.length; looked += 1) {
        const decision = state.decisions[looked];
        if (decision?.commit.stage !== 'recycle' || decision.host === run.host) {
          continue;
        }
        const stands = () => state.standing.get(partKey('recycle', decision.commit.part)) === decision;
        try {
          // Its host may not have come to that yet.
          if (stands() && (await publishCommit(run.store, decision))) {
            await readDocumentIds(run, decision.commit, (id) => {
              ids.add(id);
              take(id);
            });
          }
        } catch (error) {
          if (isNewest && stands()) {
            throw error;
          }
          return;
        }
      }
    },
  };
}
