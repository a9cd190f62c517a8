import { ReproError } from '@repro/bridge';

/** This kind of machine has no lock: the Python environment cannot be made here. Exit 4. */
export class EnvironmentUnsupportedError extends ReproError {
  readonly code = 'REPRO_ENVIRONMENT_UNSUPPORTED';
  readonly lock: string;
  readonly found: string;
  readonly expected: string;

  constructor({ lock, found, expected }: { readonly lock: string; readonly found: string; readonly expected: string }) {
    super(`The lock "${lock}" is for ${expected}, this machine is ${found}.`, {
      hint: 'Use a Linux x86_64 container (any image with glibc 2.28 or newer), or WSL 2 on Windows.',
    });
    this.lock = lock;
    this.found = found;
    this.expected = expected;
  }
}
