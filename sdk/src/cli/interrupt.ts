import { InterruptedError } from './exit-codes.ts';

/** A signal that the first Ctrl-C (or SIGTERM) aborts; the second ends the process at once. */
export function listenForInterrupt(
  say: (message: string) => void,
  resumeCommand?: string,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      if (controller.signal.aborted) {
        process.exit(new InterruptedError(name).exitCode);
      }
      say('Stopping: what is finished is being kept. Once more ends at once.');
      controller.abort(new InterruptedError(name, resumeCommand));
    };
    process.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const { name, listener } of listeners) {
        process.off(name, listener);
      }
    },
  };
}
