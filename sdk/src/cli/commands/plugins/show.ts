import { Args, Flags } from '@oclif/core';
import type { PluginDescription } from '../../../plugins/describe-plugins.ts';
import { ReproCommand } from '../../repro-command.ts';

export default class PluginsShow extends ReproCommand {
  static override summary =
    'Show what a plugin takes: its config as JSON Schema, the models and Python packages it needs.';
  static override examples = ['<%= config.bin %> <%= command.id %> bertscore'];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ description: 'Name of the plugin.', required: true }) };
  static override flags = {
    recipe: Flags.string({ helpValue: 'FILE', description: 'Recipe whose `plugins:` to look in.' }),
    kind: Flags.string({
      options: ['rephraser', 'reward', 'dataset', 'evaluator'],
      description: 'Where two kinds share the name.',
    }),
  };

  async run(): Promise<readonly PluginDescription[]> {
    const { args, flags } = await this.parse(PluginsShow);
    const [{ openPlugins }, { describePlugins }] = await Promise.all([
      import('../../open-plugins.ts'),
      import('../../../plugins/describe-plugins.ts'),
    ]);
    const plugins = await describePlugins(await openPlugins(flags.recipe), args.name, flags.kind);
    for (const { config, ...plugin } of plugins) {
      for (const [key, value] of Object.entries(plugin)) {
        this.log(`${key}: ${Array.isArray(value) ? value.join(', ') || 'none' : value}`);
      }
      this.log(`config: ${JSON.stringify(config, null, 2)}`);
    }
    return plugins;
  }
}
