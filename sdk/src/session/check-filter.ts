import { RecipeError } from '../errors/recipe.ts';
import { nearest } from '../recipe/describe-issues.ts';
import type { Recipe } from '../recipe/load-recipe.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';

/** A filter needs a value for every record: of a reward that is there, that samples nothing away. */
export function checkFilter(rewards: readonly BoundReward[], { filter, locate }: Recipe): void {
  if (filter === undefined) {
    return;
  }
  const { by } = filter;
  const path = ['filter', 'by'];
  const problem = findProblem(by, rewards);
  if (problem !== undefined) {
    throw new RecipeError([{ path, message: problem, place: locate(path) }]);
  }
}

function findProblem(by: string, rewards: readonly BoundReward[]): string | undefined {
  const names = rewards.map(({ name }) => name);
  if (by === 'total' && names.includes('total')) {
    return 'a reward is named "total" too; give it another name with "as:"';
  }
  if (by !== 'total' && !names.includes(by)) {
    const guess = nearest(by, [...names, 'total']);
    const known = names.length === 0 ? 'there is none under "rewards:"' : `there are ${names.join(', ')} and total`;
    return `there is no reward "${by}"; ${guess === undefined ? known : `did you mean "${guess}"?`}`;
  }
  const gates = rewards.flatMap(({ weight, onlyIf }) => (weight !== 0 && onlyIf !== undefined ? [onlyIf] : []));
  const needed = rewards.filter(({ name, weight }) =>
    by === 'total' ? weight !== 0 || gates.includes(name) : name === by,
  );
  const [sampled] = needed.filter(({ share }) => share < 1);
  if (sampled !== undefined) {
    return `the filter needs ${sampled.name} of every record, and its entry says "share: ${sampled.share}"; state "share: 1" there, or filter by another reward`;
  }
  return needed.length > 0 ? undefined : 'every reward has weight 0, so "total" says nothing; name one of them';
}
