import { Errors, type Hook } from '@oclif/core';
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

    async run(): Promise<never> {
      const next = guess === undefined ? `; commands: ${known.join(', ')}.` : `; did you mean "${guess}"?`;
      throw new Errors.CLIError(`There is no command "${name}"${next}`, { exit: 2 });
    }
  }
  await UnknownCommand.run(argv, config);
};
