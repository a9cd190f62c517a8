import { ReproError } from '@repro/bridge';

/** No interpreter on this machine can make the environment. Exit 4. */
export class PythonNotFoundError extends ReproError {
  readonly code = 'REPRO_PYTHON_NOT_FOUND';
  /** Every interpreter that was tried and why it will not do. */
  readonly tried: readonly { readonly executable: string; readonly problem: string }[];

  constructor({ expected, tried }: { readonly expected: string; readonly tried: PythonNotFoundError['tried'] }) {
    const list = tried.map(({ executable, problem }) => `${executable}: ${problem}`).join('; ');
    super(`No ${expected} with venv and ensurepip was found. Tried: ${list || 'nothing, PATH is empty'}.`, {
      hint: 'Install it (Debian, Ubuntu: `apt install python3.11 python3.11-venv`; or `pyenv install 3.11`), or name one with REPRO_BASE_PYTHON=/path/to/python3.11.',
    });
    this.tried = tried;
  }
}
