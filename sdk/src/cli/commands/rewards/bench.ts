import { Args, Flags } from '@oclif/core';
import type { SessionEvent } from '../../../session/session-event.ts';
import type { RewardBench } from '../../../stages/bench-rewards.ts';
import { benchTables } from '../../bench-tables.ts';
import { listenForInterrupt } from '../../interrupt.ts';
import { openProgress } from '../../progress.ts';
import { recipeFlags } from '../../recipe-flags.ts';
import { ReproCommand } from '../../repro-command.ts';

export default class RewardsBench extends ReproCommand {
  static override summary =
    'Test the rewards of a recipe on labelled pairs: which faults each one sees. Writes nothing.';
  static override description =
    'Some pairs come along, written by hand; others are made from pages of the recipe’s dataset by changing one thing: a number, a name, a "not". A good reward is higher for the faithful text than for the faulty one.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> recipe.yaml',
    '<%= config.bin %> <%= command.id %> recipe.yaml --kinds number-changed,loop --limit 200',
  ];
  static override enableJsonFlag = true;
  static override args = { recipe: Args.string({ description: 'Recipe (YAML).', required: true }) };
  static override flags = {
    pages: Flags.string({ helpValue: 'FILE', description: 'Pages (field `text`) instead of the recipe’s dataset.' }),
    pairs: Flags.string({
      helpValue: 'FILE',
      description: 'Labelled pairs of your own instead of those that come along.',
    }),
    kinds: Flags.string({ helpValue: 'A,B', description: 'Kinds of fault to test; all of them when left out.' }),
    limit: Flags.integer({ default: 1000, min: 0, description: 'Pairs to make from pages.' }),
    set: recipeFlags.set,
  };

  async run(): Promise<RewardBench> {
    const { args, flags } = await this.parse(RewardsBench);
    using progress = openProgress();
    using interrupt = listenForInterrupt(progress.say);
    const [{ openSession }, { benchRewards }] = await Promise.all([
      import('../../../session/open-session.ts'),
      import('../../../stages/bench-rewards.ts'),
    ]);
    const show = this.listener(progress);
    await using session = await openSession(args.recipe, {
      set: flags.set,
      abortSignal: interrupt.signal,
      // Of workers' own progress there is a line below.
      onEvent: (event) => (isWorkerProgress(event) ? undefined : show(event)),
    });
    let saidAt = performance.now();
    const bench = await benchRewards(session, {
      pages: flags.pages,
      pairs: flags.pairs,
      kinds: flags.kinds?.split(',').map((kind) => kind.trim()),
      limit: flags.limit,
      onProgress: ({ reward, done, total }) => {
        if (performance.now() - saidAt > 5000) {
          saidAt = performance.now();
          progress.say(`${reward}: ${done} of ${total} pairs`);
        }
      },
    });
    progress[Symbol.dispose]();
    this.log(benchTables(bench));
    return bench;
  }
}

function isWorkerProgress(event: SessionEvent): boolean {
  return event.type === 'worker' && event.event.type === 'progress';
}
