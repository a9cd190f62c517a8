import type { Hook } from '@oclif/core';
import { UsageError } from '../errors/usage.ts';
import { nearest } from '../recipe/describe-issues.ts';
import { ReproCommand } from './repro-command.ts';

/** oclif asks here when there is no such command: the answer has the form that every command's errors have. */
export const commandNotFound: Hook.CommandNotFound = async ({ id, argv = [], config }) => {
  const name = id.replaceAll(':', ' ');
  const known = config.commandIDs.map((commandId) => commandId.replaceAll(':', ' '));
  const guess = nearest(name, known);

  class UnknownCommand extends ReproCommand {
    static override id = id;
    static override enableJsonFlag = true;
    // Nothing of it can be: oclif must not remark on that.
    override parsed = true;

    async run(): Promise<never> {
      const next = guess === undefined ? `; commands: ${known.join(', ')}.` : `; did you mean "${guess}"?`;
      throw new UsageError(`There is no command "${name}"${next}`);
    }
  }
  // A flag alone is taken for the command.
  await UnknownCommand.run(id.startsWith('-') ? [id, ...argv] : argv, config);
};
