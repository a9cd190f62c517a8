import { isReproErrorBase } from '@repro/bridge';
import { findEnvironment } from '../sdk/src/environment/find-environment.ts';
import { measureFolder } from '../sdk/src/environment/measure-folder.ts';
import { prepareModel } from '../sdk/src/environment/prepare-model.ts';
import { setUpEnvironment } from '../sdk/src/environment/set-up-environment.ts';

/** Model of the quickstart recipe and of the tests that ask a real one. */
const model = 'builtin:smollm2-135m';

interface SetUpOptions {
  /** Also what tests and checks need. */
  readonly developerTools: boolean;
}

/** Python environment and model, made or found; ends the process with exit code 4 and the cure when that cannot be. */
export async function setUp(options: SetUpOptions): Promise<{ readonly python: string }> {
  try {
    return await prepare(options);
  } catch (error) {
    if (!isReproErrorBase(error)) throw error;
    report('set-up', `${error.code}: ${error.message}`);
    if (error.hint) report('', error.hint);
    process.exit(4);
  }
}

/** Says on stderr what it does, how big it is and how long it took. */
async function prepare({ developerTools }: SetUpOptions): Promise<{ readonly python: string }> {
  const started = performance.now();
  const additions = developerTools ? ['dev'] : [];
  if (!findEnvironment({ additions })) {
    report('Python', 'setting up packages from python-env/locks (1.5 GB on disk, a minute or two) ...');
  }
  const environment = await setUpEnvironment({
    additions,
    onProgress: atIntervals(({ message, done, total }) =>
      report('Python', total ? `${done}/${total} ${message}` : message),
    ),
  });
  if (environment.changed) {
    const size = formatBytes(await measureFolder(environment.folder));
    report(
      'Python',
      `${environment.lock.packages.length} packages, ${size}, in ${environment.folder} (${seconds(started)})`,
    );
  }

  const modelStarted = performance.now();
  const prepared = await prepareModel(environment, model, { onProgress: (line) => report('model', lastState(line)) });
  if (prepared.changed) {
    const size = formatBytes(await measureFolder(prepared.folder));
    report('model', `${model}, ${size}, in ${prepared.folder} (${seconds(modelStarted)})`);
  }

  const changed = environment.changed || prepared.changed;
  report('set-up', `${changed ? 'done' : 'nothing to do'} (${seconds(started)})`);
  return { python: environment.python };
}

function report(subject: string, message: string): void {
  process.stderr.write(`${subject.padEnd(14)} ${message}\n`);
}

/** A progress bar draws over its own line: what it shows in the end. */
function lastState(line: string): string {
  return line.split('\r').at(-1) ?? line;
}

/** Passes on at most one call in three seconds, and always the first and those after a silence. */
function atIntervals<Value>(action: (value: Value) => void): (value: Value) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (value) => {
    if (performance.now() - last < 3000) return;
    last = performance.now();
    action(value);
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
}
