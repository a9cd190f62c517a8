import { Args, Flags } from '@oclif/core';
import type { RephrasedPage } from '../../stages/rephrase.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { openProgress } from '../progress.ts';
import { recipeFlags } from '../recipe-flags.ts';
import { ReproCommand } from '../repro-command.ts';
import { sideBySide } from '../side-by-side.ts';

export default class Try extends ReproCommand {
  static override summary =
    'Rephrase one page with the model that recycle would ask, and show both texts and each reward. Writes nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %> --recipe recipe.yaml page.txt'];
  static override enableJsonFlag = true;
  static override args = { page: Args.string({ description: 'Text file of one page.', required: true }) };
  static override flags = {
    recipe: Flags.string({ required: true, helpValue: 'FILE', description: 'Recipe (YAML).' }),
    ...recipeFlags,
  };

  async run(): Promise<RephrasedPage> {
    const { args, flags } = await this.parse(Try);
    using progress = openProgress();
    using interrupt = listenForInterrupt(progress.say);
    const [{ openSession }, { tryPage }, { readPage }] = await Promise.all([
      import('../../session/open-session.ts'),
      import('../../stages/try-page.ts'),
      import('../read-page.ts'),
    ]);
    const text = await readPage(args.page);
    await using session = await openSession(flags.recipe, {
      set: flags.set,
      runs: flags.runs,
      run: flags.run,
      abortSignal: interrupt.signal,
      onEvent: this.listener(progress),
    });
    const page = await tryPage(session, { id: args.page, text });
    progress[Symbol.dispose]();
    this.log(sideBySide(text, page));
    return page;
  }
}
