import type { WireError } from '../protocol.ts';
import { CallbackFailedError } from './callback-failed.ts';
import { CallbackReentrantError } from './callback-reentrant.ts';
import { DeadlineExceededError } from './deadline-exceeded.ts';
import { InvalidInputError } from './invalid-input.ts';
import { ItemCancelledError } from './item-cancelled.ts';
import { MessageTooLargeError } from './message-too-large.ts';
import { ModelNotFoundError } from './model-not-found.ts';
import { OutOfMemoryError } from './out-of-memory.ts';
import { isReproErrorBase } from './repro-error.ts';
import { RequirementMissingError } from './requirement-missing.ts';
import { UnknownMethodError } from './unknown-method.ts';
import { WorkerError } from './worker-error.ts';
import { WorkerHandlerError } from './worker-handler.ts';
import { WorkerImportError } from './worker-import.ts';
import { WorkerReportedError } from './worker-reported.ts';
import { WorkerStoppedError } from './worker-stopped.ts';

const classOfCode = {
  REPRO_CALLBACK_FAILED: CallbackFailedError,
  REPRO_CALLBACK_REENTRANT: CallbackReentrantError,
  REPRO_CANCELLED: ItemCancelledError,
  REPRO_DEADLINE: DeadlineExceededError,
  REPRO_INVALID_INPUT: InvalidInputError,
  REPRO_MESSAGE_TOO_LARGE: MessageTooLargeError,
  REPRO_MODEL_NOT_FOUND: ModelNotFoundError,
  REPRO_OUT_OF_MEMORY: OutOfMemoryError,
  REPRO_REQUIREMENT_MISSING: RequirementMissingError,
  REPRO_UNKNOWN_METHOD: UnknownMethodError,
  REPRO_WORKER_HANDLER: WorkerHandlerError,
  REPRO_WORKER_IMPORT: WorkerImportError,
  REPRO_WORKER_STOPPED: WorkerStoppedError,
} as const;

/** The typed error behind what a worker sent. */
export function errorFromWire({ code, summary, traceback, retryable }: WireError): WorkerError {
  const options = { traceback: traceback ?? undefined, retryable };
  if (Object.hasOwn(classOfCode, code)) {
    return new classOfCode[code as keyof typeof classOfCode](summary, options);
  }
  return new WorkerReportedError(summary, { ...options, code: `REPRO_${code.replace(/^REPRO_/, '')}` });
}

/** What a worker is told about a failed callback; a typed error keeps its code. */
export function errorToWire(error: unknown): WireError {
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: isReproErrorBase(error) ? error.code : 'REPRO_CALLBACK_FAILED',
    summary: firstLine(error instanceof Error ? error.message : String(error)),
    traceback: (error instanceof WorkerError ? (error.traceback ?? stack) : stack)?.toWellFormed() ?? null,
    retryable: error instanceof WorkerError && error.retryable,
  };
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').toWellFormed();
}
