import { styleText } from 'node:util';
import { Command } from '@oclif/core';
import { stringifyJson } from '../contract/json-text.ts';
import { codeOf, exitCodeOf } from './exit-codes.ts';
import { stripControls } from './strip-controls.ts';

/**
 * Base of every command. stdout is the answer, stderr is progress and errors; `--json` prints exactly one document, also
 * on failure: `{"schema":"repro.result/1","ok":true,"command":..,"data":..,"warnings":[..]}`.
 */
export abstract class ReproCommand extends Command {
  /** What `--json` reports beside the data. */
  protected readonly warnings: string[] = [];

  protected override async catch(error: Error): Promise<void> {
    process.exitCode = exitCodeOf(error);
    if (this.jsonEnabled()) {
      this.logJson(this.toErrorJson(error));
      return;
    }
    const { hint, traceback } = error as { hint?: string; traceback?: string };
    const code = codeOf(error);
    const lines = [
      `${styleText('red', 'Error', { stream: process.stderr })} ${stripControls(error.message)}${code ? ` (${code})` : ''}`,
      ...(hint === undefined ? [] : [`Try this: ${stripControls(hint)}`]),
      // Of code that the person wrote, or can report to who did.
      ...(traceback === undefined ? [] : [stripControls(traceback.trimEnd())]),
      // Without a code it is a bug of ours, and whoever reports it needs the stack.
      ...(code === undefined ? [error.stack ?? ''] : []),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  protected override toSuccessJson(data: unknown): unknown {
    return { schema: 'repro.result/1', ok: true, command: this.commandName, data, warnings: this.warnings };
  }

  protected override toErrorJson(error: Error): unknown {
    const { hint, name: _name, ...facts } = error as Error & { hint?: string };
    const where = Object.fromEntries(
      Object.entries(facts).filter(
        ([key, value]) => !['code', 'oclif', 'parse', 'cause'].includes(key) && isPlain(value),
      ),
    );
    return {
      schema: 'repro.result/1',
      ok: false,
      command: this.commandName,
      error: {
        code: codeOf(error) ?? 'REPRO_BUG',
        message: error.message,
        hint: hint ?? null,
        where,
        exit: exitCodeOf(error),
        retryable: (facts as { retryable?: unknown }).retryable === true,
      },
    };
  }

  /** One line, whole even into a pipe: the process ends by itself once it is written. */
  override logJson(json: unknown): void {
    process.stdout.write(`${stringifyJson(json as never)}\n`);
  }

  /** What was typed, to be typed again. */
  protected get commandLine(): string {
    const words = this.argv.map((word) =>
      /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
    );
    return [this.config.bin, this.commandName, ...words].join(' ');
  }

  private get commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value);
}
