import { isReproErrorBase } from '@repro/bridge';

const usage = 2;
const recipe = 3;
const environment = 4;
const input = 5;
const plugin = 6;
const worker = 7;
const machine = 8;
const output = 9;
const gate = 100;

/** What a script learns from the exit code (design: 0 done, 1 bug, 2 flags, 3 recipe, 4 environment, ...). */
const exitByCode: Readonly<Record<string, number>> = {
  REPRO_QUERY: usage,
  REPRO_USAGE: usage,
  REPRO_UNKNOWN_TEMPLATE: usage,
  REPRO_UNKNOWN_LOCK: usage,
  REPRO_RECIPE: recipe,
  REPRO_SETTINGS_REFUSED: recipe,
  REPRO_UNKNOWN_PLUGIN: recipe,
  REPRO_UNKNOWN_MODEL: recipe,
  REPRO_PLUGIN_PACKAGE_NOT_FOUND: recipe,
  REPRO_PLUGIN_MANIFEST: recipe,
  REPRO_UNSUPPORTED_SPECIFICATION: recipe,
  REPRO_PLUGIN_IMPORT: recipe,
  REPRO_PLUGIN_FILE: recipe,
  REPRO_PLUGIN_DUPLICATE: recipe,
  REPRO_INPUT_MISSING: recipe,
  REPRO_RUN_NOT_FOUND: recipe,
  REPRO_FOLDER_NOT_EMPTY: recipe,
  REPRO_SHARDS_NOT_FOUND: recipe,
  REPRO_BAD_MANIFEST: recipe,
  REPRO_SHARD_NAME_TAKEN: recipe,
  REPRO_UNTRAINABLE_METHOD: recipe,
  REPRO_ENGINE_MISSING: environment,
  REPRO_ENVIRONMENT_MISSING: environment,
  REPRO_ENVIRONMENT_SET_UP_FAILED: environment,
  REPRO_ENVIRONMENT_UNSUPPORTED: environment,
  REPRO_PYTHON_NOT_FOUND: environment,
  REPRO_SYSTEM_INCOMPLETE: environment,
  REPRO_MODEL_NOT_FOUND: environment,
  REPRO_MODEL_NOT_PREPARED: environment,
  REPRO_REQUIREMENT_MISSING: environment,
  REPRO_UNREADABLE_SHARD: input,
  REPRO_SHARD_DIFFERS: input,
  REPRO_UNUSABLE_SHARDS: input,
  REPRO_UNREADABLE_PAGE: input,
  REPRO_UNUSABLE_LABELS: input,
  REPRO_UNUSABLE_PAIRS: input,
  REPRO_TOO_MANY_BAD_RECORDS: input,
  REPRO_DAMAGED_PART: input,
  REPRO_DAMAGED_RUN: input,
  REPRO_VERIFY_FAILED: input,
  REPRO_PLUGIN_CONTRACT: plugin,
  REPRO_WORKER_HANDLER: plugin,
  REPRO_WORKER_IMPORT: plugin,
  REPRO_INVALID_INPUT: plugin,
  REPRO_UNKNOWN_METHOD: plugin,
  REPRO_WORKER_LOST: worker,
  REPRO_WORKER_START: worker,
  REPRO_WORKER_PROTOCOL: worker,
  REPRO_ITEM_KILLS_WORKER: worker,
  REPRO_STREAM_BROKEN: worker,
  REPRO_DEADLINE: worker,
  REPRO_CANCELLED: worker,
  REPRO_WORKER_STOPPED: worker,
  REPRO_CALLBACK_FAILED: plugin,
  REPRO_CALLBACK_REENTRANT: plugin,
  REPRO_MESSAGE_TOO_LARGE: input,
  REPRO_DISK_FULL: machine,
  REPRO_OUT_OF_MEMORY: machine,
  REPRO_EXISTING_OUTPUT: output,
  REPRO_LEASED_ELSEWHERE: output,
  REPRO_TRAINED_ELSEWHERE: output,
  REPRO_LEASE_LOST: output,
  REPRO_NEWER_RUN_FORMAT: output,
  REPRO_CHECKPOINT_MISMATCH: output,
  REPRO_NOTHING_TO_TRAIN_ON: input,
  REPRO_UNUSABLE_TRAINING_PAIRS: input,
  REPRO_TRAINING_STOPPED: gate,
  REPRO_TRAINING_REJECTED: gate,
  // After Ctrl-C; after SIGTERM it is 143.
  REPRO_INTERRUPTED: 130,
};

/** Exit code of an error; 1 is a bug of ours. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) {
    return error.exitCode;
  }
  return exitOfCode(codeOf(error) ?? '');
}

export function exitOfCode(code: string): number {
  return exitByCode[code] ?? 1;
}

/** Its public code; plugins raise plain errors that may carry one. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('REPRO_')) {
    return code;
  }
  return isReproErrorBase(error) ? error.code : undefined;
}

/** The person stopped it; everything that was finished is kept. */
export class InterruptedError extends Error {
  readonly code = 'REPRO_INTERRUPTED';
  readonly exitCode: number;
  readonly hint: string | undefined;

  /** `resumeCommand` goes on where this one stopped; a command that keeps nothing has none. */
  constructor(signal: 'SIGINT' | 'SIGTERM', resumeCommand?: string) {
    super(`Stopped by ${signal}.`);
    this.name = new.target.name;
    this.hint = resumeCommand && `Nothing that was finished is lost. To go on: ${resumeCommand}`;
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
