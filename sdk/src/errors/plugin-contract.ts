import { ReproError } from '@repro/bridge';

/** A plugin gave back something its contract forbids; nothing of that answer was used. */
export class PluginContractError extends ReproError {
  readonly code = 'REPRO_PLUGIN_CONTRACT';
  readonly plugin: string;
  /** Hook, document and field, as far as they are known. */
  readonly what: string;
  readonly found: string;
  readonly expected: string;

  constructor(details: {
    readonly plugin: string;
    readonly what: string;
    readonly found: string;
    readonly expected: string;
    readonly cause?: unknown;
  }) {
    const { plugin, what, found, expected, cause } = details;
    super(`${plugin}: ${what}: found ${found}, expected ${expected}.`, {
      hint: 'Correct it where it is yours, else report it to its author; for plugins in TypeScript `@repro/sdk/testing` finds such faults.',
      cause,
    });
    this.plugin = plugin;
    this.what = what;
    this.found = found;
    this.expected = expected;
  }
}
