import { UsageError } from '../errors/usage.ts';
import { nearest } from '../recipe/describe-issues.ts';
import { plainStages } from '../session/plain-stages.ts';
import { type StageName, stageNames as stages } from '../session/session-event.ts';

/** Stages that `--only`, `--from` and `--to` leave; undefined when none is given. A range holds those of the recipe. */
export function stageList(
  flags: { readonly only?: string | undefined; readonly from?: string | undefined; readonly to?: string | undefined },
  recipe: Parameters<typeof plainStages>[0],
): readonly StageName[] | undefined {
  const { only, from, to } = flags;
  if (only !== undefined) {
    const named = only.split(',').map((name) => checked(name.trim()));
    return stages.filter((stage) => named.includes(stage));
  }
  if (from === undefined && to === undefined) {
    return undefined;
  }
  const first = from === undefined ? 0 : stages.indexOf(checked(from));
  const last = to === undefined ? stages.length - 1 : stages.indexOf(checked(to));
  if (first > last) {
    throw new UsageError(`--from ${from} comes after --to ${to}; stages in order: ${stages.join(', ')}.`);
  }
  const plain = plainStages(recipe);
  // The stage that is begun with is named, and so are all of the recipe that run without being named.
  return stages
    .slice(first, last + 1)
    .filter((stage) => plain.includes(stage) || (stage === from && recipe[stage] !== undefined));
}

function checked(name: string): StageName {
  const stage = stages.find((known) => known === name);
  if (stage === undefined) {
    const guess = nearest(name, stages);
    const help = guess === undefined ? `; stages: ${stages.join(', ')}.` : `; did you mean "${guess}"?`;
    throw new UsageError(`There is no stage "${name}"${help}`);
  }
  return stage;
}
