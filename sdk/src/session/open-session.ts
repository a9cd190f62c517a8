import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { createPythonRuntime, type PythonRuntime } from '../environment/python-runtime.ts';
import { type ModelEndpoints, openModels } from '../models/open-models.ts';
import { loadPlugins, type PluginRegistry } from '../plugins/load-plugins.ts';
import { loadRecipe, type Recipe } from '../recipe/load-recipe.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import type { LeaseOptions } from '../run/hosts.ts';
import { openRunFolder, type RunFolder } from '../run/run-folder.ts';
import { type BoundRecipe, bindRecipe } from './bind-recipe.ts';
import { openHandlerWorkers } from './handler-workers.ts';
import type { SessionEvent } from './session-event.ts';
import { trainedEndpoints } from './trained-endpoint.ts';

export interface OpenSessionOptions {
  /** Folder that holds the run folders; `./runs`. */
  readonly runs?: string;
  /** Folder name of the run, instead of the recipe's `name`. */
  readonly run?: string | undefined;
  /** A sample of so many documents has a folder of its own, `<run>.limit-<n>`: it is no part of the whole. */
  readonly limit?: number | undefined;
  /** `a.b=c` each, over what the recipe says. */
  readonly set?: readonly string[];
  /** When the hosts of a run take one of them for lost. */
  readonly lease?: LeaseOptions;
  readonly abortSignal?: AbortSignal | undefined;
  readonly onEvent?: (event: SessionEvent) => void;
}

/** A recipe with its plugins, models and workers, ready for the stages. Workers start on first use. */
export interface Session extends AsyncDisposable, BoundRecipe {
  readonly recipe: Recipe;
  readonly plugins: PluginRegistry;
  readonly models: ModelEndpoints;
  /** Starts the processes that train a model. */
  readonly createTrainerGroup: PythonRuntime['createTrainerGroup'];
  /** Aborted by the caller. */
  readonly abortSignal: AbortSignal;
  /** Packages whose code shapes the output; recorded in every part. */
  readonly versions: Readonly<Record<string, string>>;
  /** Absolute path of the run folder, whether it is there or not. */
  readonly runFolder: string;
  /** Creates or continues the run folder on first use. */
  readonly openRun: () => Promise<RunFolder>;
  readonly emit: (event: SessionEvent) => void;
}

/** Loads and checks a recipe (a file or an object) and binds everything it names. Starts no worker and writes no file. */
export async function openSession(recipe: string | RecipeInput, options: OpenSessionOptions = {}): Promise<Session> {
  const { runs = 'runs', set = [], onEvent } = options;
  const closing = new AbortController();
  const abortSignal = AbortSignal.any([closing.signal, ...(options.abortSignal ? [options.abortSignal] : [])]);
  const loaded = await loadRecipe(recipe, { set });
  const plugins = await loadPlugins(loaded.plugins, (index) => loaded.locate(['plugins', index]).folder);

  let run: Promise<RunFolder> | undefined;
  let file: ReturnType<typeof pino.destination> | undefined;
  let log: pino.Logger | undefined;
  const emit = (event: SessionEvent) => {
    record(event, log, run);
    onEvent?.(event);
  };
  const onWorkerEvent = (event: Extract<SessionEvent, { type: 'worker' }>['event']) => emit({ type: 'worker', event });
  await using opening = new AsyncDisposableStack();
  // First in, last out: what the workers say while they stop still goes to the run's log.
  opening.defer(async () => {
    await (await run)?.[Symbol.asyncDispose]();
    file?.end();
  });
  const runtime = opening.use(createPythonRuntime());
  const name = `${options.run ?? loaded.name}${options.limit === undefined ? '' : `.limit-${options.limit}`}`;
  const runFolder = resolve(runs, name);
  const endpoints = { ...loaded.models, ...trainedEndpoints(loaded, runFolder) };
  const models = opening.use(openModels(endpoints, { runtime, onEvent: onWorkerEvent, abortSignal }));
  const handlers = opening.use(openHandlerWorkers(runtime, onWorkerEvent));
  const bound = await bindRecipe(loaded, { plugins, models, handlers });

  const openRun = async () => {
    const opened = await openRunFolder({ runs, name, recipe: resolvedText(loaded), abortSignal, lease: options.lease });
    file = pino.destination({ dest: join(opened.logsFolder, `workers.${opened.host}.jsonl`), sync: true });
    log = pino({ base: null }, file);
    return opened;
  };
  const owned = opening.move();
  return {
    ...bound,
    recipe: loaded,
    plugins,
    models,
    createTrainerGroup: (group) => runtime.createTrainerGroup({ onEvent: onWorkerEvent, ...group }),
    abortSignal,
    versions: versionsOf(plugins),
    emit,
    runFolder,
    openRun: () => {
      run ??= openRun().catch((error) => {
        run = undefined;
        throw error;
      });
      return run;
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('The session was closed.'));
      await owned.disposeAsync();
    },
  };
}

/** Worker output goes to the run's log, what happened to the run to its events. */
function record(event: SessionEvent, log: pino.Logger | undefined, run: Promise<RunFolder> | undefined): void {
  // The steps of a training are in metrics.jsonl.
  if (event.type === 'progress' || event.type === 'training') {
    return;
  }
  if (event.type === 'worker') {
    log?.info(event.event.type === 'quarantined' ? { ...event.event, error: event.event.error.message } : event.event);
    return;
  }
  run?.then((opened) => opened.recordEvent({ ...event })).catch(() => undefined);
}

/** The recipe as it was understood, defaults and `--set` included. A plugin object is written as its name. */
function resolvedText({ locate: _places, folder: _folder, file: _file, ...recipe }: Recipe): string {
  return stringify(recipe, (key, value) =>
    key === 'use' && typeof value === 'object' ? (value as { name?: string }).name : value,
  );
}

function versionsOf({ listings }: PluginRegistry): Record<string, string> {
  const sdk = createRequire(import.meta.url).resolve('@repro/sdk/package.json');
  const { version } = createRequire(import.meta.url)(sdk) as { version: string };
  const packages = listings.map(({ package: name, version: of }) => [name, of] as const);
  return { '@repro/sdk': version, ...Object.fromEntries(packages) };
}
