import type { LabelledPair } from '../lab/labelled-pair.ts';
import { readPairs } from '../lab/read-pairs.ts';
import { findPluginPackage } from '../plugins/find-package.ts';
import type { Session } from '../session/open-session.ts';

/** The labelled pairs that come with the built-in plugins, whatever packages the recipe names. */
export async function readShippedPairs({ recipe }: Session): Promise<readonly LabelledPair[]> {
  const { pairs } = await findPluginPackage('@repro/plugins', recipe.folder);
  if (pairs === undefined) {
    throw new Error('@repro/plugins exports no ./pairs.jsonl: it is of another release than the SDK.');
  }
  return readPairs(pairs);
}
