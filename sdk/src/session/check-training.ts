import { RecipeError } from '../errors/recipe.ts';
import type { Recipe } from '../recipe/load-recipe.ts';
import type { RecipePath } from '../recipe/recipe-source.ts';
import { type TrainStage, trainStagesOf } from '../recipe/train-schema.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { BoundRoute } from '../rephrasers/route-document.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';

/** What a training can be seen to lack before anything starts. */
export function checkTraining(
  recipe: Recipe,
  rewards: readonly BoundReward[],
  rephraser: BoundRephraser | BoundRoute | undefined,
): void {
  const stages = trainStagesOf(recipe);
  const problems = stages.flatMap((stage, index) => {
    const path = Array.isArray(recipe.train) ? ['train', index] : ['train'];
    return [...problemsOf(stage, rewards), ...(index === 0 ? problemsOfMethod(rephraser) : [])].map(
      ([key, message]) => {
        const at: RecipePath = [...path, ...key];
        return { path: at, message, place: recipe.locate(at) };
      },
    );
  });
  if (problems.length > 0) {
    throw new RecipeError(problems);
  }
}

type Problem = readonly [RecipePath, string];

function problemsOf(stage: TrainStage, rewards: readonly BoundReward[]): readonly Problem[] {
  const { promptsPerStep, ranks, hardware, evaluation } = stage;
  const problems: Problem[] = [];
  if (promptsPerStep % ranks !== 0) {
    problems.push([['promptsPerStep'], `${promptsPerStep} prompts cannot be shared evenly by ${ranks} ranks`]);
  }
  if (!rewards.some(({ weight }) => weight !== 0)) {
    const purpose = stage.algorithm === 'grpo' ? 'to learn from' : 'to be measured by';
    problems.push([[], `needs a reward with a weight ${purpose}; add one under "rewards:"`]);
  }
  if (hardware.vllm?.mode === 'server' && hardware.vllm.serverUrl === undefined) {
    problems.push([['hardware', 'vllm'], 'the mode "server" needs "serverUrl:"']);
  }
  const floors = evaluation === 'none' ? {} : (evaluation.floors ?? {});
  const names = rewards.map(({ name }) => name);
  for (const name of Object.keys(floors).filter((floor) => !names.includes(floor))) {
    problems.push([['evaluation', 'floors', name], `there is no reward "${name}"; there are ${names.join(', ')}`]);
  }
  return problems;
}

function problemsOfMethod(rephraser: BoundRephraser | BoundRoute | undefined): readonly Problem[] {
  if (rephraser === undefined) {
    return [[[], 'needs a rephraser to train; add "rephraser: { use: ..., model: ... }"']];
  }
  if ('by' in rephraser) {
    return [[[], 'cannot train a route; name one rephraser under "rephraser:" while it is trained']];
  }
  return rephraser.host.endpoints.has('default')
    ? []
    : [[[], `${rephraser.name} asks no model, so there is nothing to train`]];
}
