import type { TrainStage } from '../recipe/train-schema.ts';

/** Where a training can silently differ from the paper's: one word for each. */
export interface TrainingDecisions {
  readonly passage: 'any' | 'first';
  readonly rejected: 'lowest' | 'as-empty';
  readonly cutOff: 'rejected' | 'scored';
  readonly choice: 'held-out' | 'last';
}

const profiles: Readonly<Record<TrainStage['profile'], TrainingDecisions>> = {
  repro: { passage: 'any', rejected: 'lowest', cutOff: 'rejected', choice: 'held-out' },
  paper: { passage: 'first', rejected: 'as-empty', cutOff: 'scored', choice: 'last' },
};

/** What the profile decides, unless the recipe says otherwise. */
export function decisionsOf(stage: TrainStage): TrainingDecisions {
  const { passage, rejected, cutOff, choice } = profiles[stage.profile];
  const stated: { readonly [Key in keyof TrainingDecisions]?: TrainingDecisions[Key] | undefined } =
    stage.algorithm === 'grpo' ? stage.objective : {};
  return {
    passage: stated.passage ?? passage,
    rejected: stated.rejected ?? rejected,
    cutOff: stated.cutOff ?? cutOff,
    choice: stage.evaluation === 'none' ? 'last' : (stage.evaluation.choice ?? choice),
  };
}

const meanings: { readonly [Key in keyof TrainingDecisions]: Readonly<Record<TrainingDecisions[Key], string>> } = {
  passage: {
    any: 'any passage of a document',
    first: 'the beginning of a document',
  },
  rejected: {
    lowest: 'one less than the lowest accepted answer of its group',
    'as-empty': 'what the empty text earns',
  },
  cutOff: { rejected: 'rejected', scored: 'scored as it is' },
  choice: {
    'held-out': 'the best on held-out documents',
    last: 'the last',
  },
};

const names: Readonly<Record<keyof TrainingDecisions, string>> = {
  passage: 'trains on',
  rejected: 'a rejected answer earns',
  cutOff: 'an answer that is cut off is',
  choice: 'recycle gets the checkpoint that is',
};

/** Each decision that the paper took otherwise, in words. Without rollouts there is only one to take. */
export function differencesFromPaper(stage: TrainStage): readonly string[] {
  const own = decisionsOf(stage);
  const taken = stage.algorithm === 'grpo' ? (Object.keys(names) as (keyof TrainingDecisions)[]) : ['choice' as const];
  return taken
    .filter((key) => own[key] !== profiles.paper[key])
    .map((key) => {
      const words = meanings[key] as Readonly<Record<string, string>>;
      return `${names[key]} ${words[own[key]]}; the paper: ${words[profiles.paper[key]]}`;
    });
}
