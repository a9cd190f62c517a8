import { Flags } from '@oclif/core';

/** Flags of commands that open a recipe and its run. */
export const recipeFlags = {
  set: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    helpValue: 'KEY=VALUE',
    description: 'Change one value of the recipe; paths start from the current folder.',
  }),
  runs: Flags.string({ default: 'runs', helpValue: 'DIR', description: 'Folder that holds the run folders.' }),
  run: Flags.string({ helpValue: 'NAME', description: "Run folder, instead of the recipe's name." }),
};
