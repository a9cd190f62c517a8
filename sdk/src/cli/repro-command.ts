import { styleText } from 'node:util';
import { Command } from '@oclif/core';
import { howToType } from '@repro/bridge';
import { stringifyJson } from '../contract/json-text.ts';
import { UsageError } from '../errors/usage.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { codeOf, exitCodeOf } from './exit-codes.ts';
import type { ProgressView } from './progress.ts';
import { escapeControls, showControls } from './show-controls.ts';

/**
 * Base of every command. stdout is the answer, stderr is progress and errors; `--json` prints exactly one document, also
 * on failure: `{"schema":"repro.result/1","ok":true,"command":..,"data":..,"warnings":[..]}`.
 */
export abstract class ReproCommand extends Command {
  /** What `--json` reports beside the data. */
  protected readonly warnings: string[] = [];

  protected override async catch(thrown: Error): Promise<void> {
    const error = isOclifError(thrown) ? this.asUsageError(thrown) : thrown;
    process.exitCode = exitCodeOf(error);
    if (this.jsonEnabled()) {
      this.logJson(this.toErrorJson(error));
      return;
    }
    const { hint, traceback } = error as { hint?: string; traceback?: string };
    const code = codeOf(error);
    // Further lines are set in: what looks like a line of ours is none.
    const text = (message: string) => showControls(message).replaceAll('\n', '\n  ');
    const lines = [
      `${styleText('red', 'Error', { stream: process.stderr })} ${text(error.message)}${code ? ` (${code})` : ''}`,
      ...(hint === undefined ? [] : [`Try this: ${text(hint)}`]),
      // Of code that the person wrote, or can report to who did.
      ...(traceback === undefined ? [] : [`  ${text(traceback.trimEnd())}`]),
      // Without a code it is a bug of ours, and whoever reports it needs the stack.
      ...(code === undefined ? [text(error.stack ?? '')] : []),
      ...(await explanationOf(code ?? 'REPRO_BUG')),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  /** What `openSession` tells: shown, and warnings kept for `--json`. */
  protected listener(progress: ProgressView): (event: SessionEvent) => void {
    return (event) => {
      progress.show(event);
      if (event.type === 'warning') {
        this.warnings.push(event.message);
      }
    };
  }

  /** Whatever a page, a file or a plugin is called or says: a terminal obeys nothing of it. */
  override log(message = ''): void {
    super.log(showControls(message));
  }

  /** The same, behind a word in colour. */
  protected logStatus(color: 'green' | 'yellow' | 'red', word: string, message: string): void {
    super.log(`${styleText(color, word)}${showControls(message)}`);
  }

  protected override toSuccessJson(data: unknown): unknown {
    return { schema: 'repro.result/1', ok: true, command: this.commandName, data, warnings: this.warnings };
  }

  protected override toErrorJson(error: Error): unknown {
    const { hint, name: _name, code: _code, cause: _cause, ...facts } = error as Error & Record<string, unknown>;
    // Of an error that is none of ours nobody promises anything.
    const where = codeOf(error) === undefined ? {} : plain(facts);
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
        retryable: facts.retryable === true,
      },
    };
  }

  /** One line, whole even into a pipe: the process ends by itself once it is written. */
  override logJson(json: unknown): void {
    process.stdout.write(`${escapeControls(stringifyJson(json as never))}\n`);
  }

  /** What was typed, to be typed again. */
  protected get commandLine(): string {
    const words = this.argv.map((word) =>
      /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
    );
    return howToType([this.commandName, ...words].join(' '));
  }

  /** oclif's words, without what it says to those who read them on its own. */
  private asUsageError(error: Error): UsageError {
    const message = error.message
      .replace(/^The following errors? occurred:\s*/, '')
      .replace(/\s*(Note: --|See more help with --help)[\s\S]*$/, '')
      .replaceAll(/\s*\n\s*/g, ' ');
    return new UsageError(message, { command: this.commandName, cause: error });
  }

  private get commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }
}

/** Where more is said. What was typed wrongly and what was stopped by hand need no more words. */
async function explanationOf(code: string): Promise<readonly string[]> {
  const { explainedCodes } = await import('./error-pages.ts');
  const needsNone = ['REPRO_USAGE', 'REPRO_INTERRUPTED'].includes(code);
  return needsNone || !explainedCodes().includes(code) ? [] : [`More: \`${howToType(`explain ${code}`)}\``];
}

function isOclifError(error: Error): boolean {
  return 'oclif' in error;
}

/** What JSON can say of an error's facts; an error among them is its message. */
function plain(value: unknown): unknown {
  if (value instanceof Error) {
    return value.message;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => [key, plain(inner)] as const);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  }
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null ? value : undefined;
}
