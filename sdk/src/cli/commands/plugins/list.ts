import { Flags } from '@oclif/core';
import Table from 'cli-table3';
import type { PluginListing } from '../../../plugins/load-plugins.ts';
import { ReproCommand } from '../../repro-command.ts';

export default class PluginsList extends ReproCommand {
  static override summary = 'List the plugins of a recipe, or the built-in ones. Runs no code of theirs.';
  static override enableJsonFlag = true;
  static override flags = {
    recipe: Flags.string({ helpValue: 'FILE', description: 'Recipe whose `plugins:` to list.' }),
  };

  async run(): Promise<readonly PluginListing[]> {
    const { flags } = await this.parse(PluginsList);
    const { openPlugins } = await import('../../open-plugins.ts');
    const { listings } = await openPlugins(flags.recipe);
    const table = new Table({
      head: ['kind', 'name', 'package', 'version'],
      style: { head: [], border: [], compact: true },
    });
    for (const { kind, name, package: from, version } of listings) {
      table.push([kind, name, from, version]);
    }
    this.log(table.toString());
    return listings;
  }
}
