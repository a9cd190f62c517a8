import type { ComputeLikelihood, Generate, PluginContext, PluginModels, PluginWorker } from '../contract/host.ts';

/** What the session gives to one bound plugin; tests give a fake one. */
export interface PluginHost {
  /** Calls into the plugin's own handler. */
  readonly worker: PluginWorker;
  /** Resolves when that worker serves again after calls that were given up; absent where none can be deaf to that. */
  readonly workerIsFree?: (abortSignal: AbortSignal) => Promise<void>;
  readonly generate: Generate;
  readonly likelihood: ComputeLikelihood;
  /** The endpoints of the entry by role, with the revision they have now. */
  readonly models: () => Promise<PluginModels>;
  readonly seed: number;
}

/** The context of one call of a hook. */
export async function createContext<Config>(
  host: PluginHost,
  config: Config,
  abortSignal: AbortSignal,
): Promise<PluginContext<Config>> {
  const { worker, generate, likelihood, seed } = host;
  return { config, worker, generate, likelihood, models: await host.models(), seed, abortSignal };
}
