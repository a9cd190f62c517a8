import { Flags } from '@oclif/core';
import { ReproCommand } from '../../repro-command.ts';
import { showOnOneLine } from '../../show-controls.ts';

export default class EnvSetup extends ReproCommand {
  static override summary = 'Install the pinned Python environment from its hashed lock.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override enableJsonFlag = true;
  static override flags = {
    lock: Flags.string({ default: 'cpu', helpValue: 'NAME', description: 'Which lock to install.' }),
  };

  async run(): Promise<{ readonly folder: string; readonly python: string }> {
    const { flags } = await this.parse(EnvSetup);
    const { setUpEnvironment } = await import('../../../environment/set-up-environment.ts');
    const environment = await setUpEnvironment({
      lock: flags.lock,
      onProgress: ({ message, done, total }) =>
        process.stderr.write(`${total ? `${done}/${total} ` : ''}${showOnOneLine(message)}\n`),
    });
    const { folder, python } = environment;
    this.log(folder);
    return { folder, python };
  }
}
