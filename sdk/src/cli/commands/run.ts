import { Args, Flags } from '@oclif/core';
import type { RunPlan } from '../../stages/plan-run.ts';
import type { RunSummary } from '../../stages/run-recipe.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { openProgress } from '../progress.ts';
import { recipeFlags } from '../recipe-flags.ts';
import { ReproCommand } from '../repro-command.ts';
import { showOnOneLine } from '../show-controls.ts';
import { stageList } from '../stage-list.ts';
import { summaryTables } from '../summary-tables.ts';

export default class Run extends ReproCommand {
  static override summary = 'Run the stages of a recipe; run it again to go on where it stopped.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> recipe.yaml',
    '<%= config.bin %> <%= command.id %> recipe.yaml --only recycle,score --limit 100',
    '<%= config.bin %> <%= command.id %> recipe.yaml --set dataset.path=./more/*.jsonl.zst --run more',
  ];
  static override enableJsonFlag = true;
  static override args = { recipe: Args.string({ description: 'Recipe (YAML).', required: true }) };
  static override flags = {
    ...recipeFlags,
    only: Flags.string({ helpValue: 'STAGES', description: 'Only these stages, as in recycle,score.' }),
    from: Flags.string({ helpValue: 'STAGE', description: 'Begin with this stage.', exclusive: ['only'] }),
    to: Flags.string({ helpValue: 'STAGE', description: 'End with this stage.', exclusive: ['only'] }),
    limit: Flags.integer({
      min: 1,
      helpValue: 'N',
      description: 'Only so many documents, in a run folder of its own (NAME.limit-N).',
    }),
    'dry-run': Flags.boolean({
      description:
        'Check and print the plan; start nothing. Ends with the error of the run where records or what the run folder holds would be refused.',
    }),
    keep: Flags.boolean({ description: 'Keep parts that this command would make differently.', exclusive: ['redo'] }),
    redo: Flags.boolean({ description: 'Throw such parts away and make them anew.' }),
  };

  async run(): Promise<RunSummary | RunPlan> {
    const { args, flags } = await this.parse(Run);
    using progress = openProgress();
    using interrupt = listenForInterrupt(progress.say, this.commandLine);
    // Loaded here, so that `--help` does not wait for it.
    const [{ openSession }, { runRecipe }, { planRun }] = await Promise.all([
      import('../../session/open-session.ts'),
      import('../../stages/run-recipe.ts'),
      import('../../stages/plan-run.ts'),
    ]);
    const { set, runs, limit } = flags;
    await using session = await openSession(args.recipe, {
      set,
      runs,
      run: flags.run,
      limit,
      abortSignal: interrupt.signal,
      onEvent: this.listener(progress),
    });
    const only = stageList(flags, session.recipe);
    const existing = flags.keep ? 'keep' : flags.redo ? 'redo' : undefined;
    if (flags['dry-run']) {
      const plan = await planRun(session, { limit, only, existing });
      this.log(plan.lines.map(showOnOneLine).join('\n'));
      if (plan.fault !== undefined) {
        throw plan.fault;
      }
      return plan;
    }
    const summary = await runRecipe(session, { limit, only, existing });
    progress[Symbol.dispose]();
    this.log(summaryTables(summary));
    return summary;
  }
}
