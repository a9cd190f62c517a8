import { Args, Flags } from '@oclif/core';
import { howToType } from '@repro/bridge';
import { ReproCommand } from '../repro-command.ts';
import { showOnOneLine } from '../show-controls.ts';

export default class Init extends ReproCommand {
  static override summary = 'Write a recipe and a few pages to start from.';
  static override examples = ['<%= config.bin %> <%= command.id %> my-corpus'];
  static override enableJsonFlag = true;
  static override args = { folder: Args.string({ description: 'New or empty folder.', required: true }) };
  static override flags = {
    template: Flags.string({
      default: 'quickstart',
      helpValue: 'NAME',
      description: 'Which template to copy: quickstart, paper.',
    }),
  };

  async run(): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
    const { args, flags } = await this.parse(Init);
    const { initProject } = await import('../../session/init-project.ts');
    const made = await initProject({ template: flags.template, folder: args.folder });
    this.log(`${made.files.join('\n')}\nNext: ${howToType(`run ${showOnOneLine(args.folder)}/recipe.yaml`)}`);
    return made;
  }
}
