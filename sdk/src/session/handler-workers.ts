import { fileURLToPath } from 'node:url';
import type { PoolEvent, WorkerPool } from '@repro/bridge';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { PluginWorker } from '../contract/host.ts';
import type { PythonRuntime } from '../environment/python-runtime.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import { DuplicatePluginError } from '../errors/plugin-import.ts';
import type { AnyPlugin } from '../plugins/plugin-kinds.ts';
import { untilAborted } from '../plugins/until-aborted.ts';

/** The worker that runs the Python handlers of all plugins of a session; it starts with the first call. */
export interface HandlerWorkers extends AsyncDisposable {
  /** Registers a plugin's handler (before the first call) and gives the way to call it. */
  register(plugin: AnyPlugin): PluginWorker;
  /**
   * Resolves when the worker serves again after calls that were given up. A handler that is deaf to that goes on for
   * seconds before its worker is replaced, and whoever calls meanwhile only waits.
   */
  free(abortSignal: AbortSignal): Promise<void>;
}

export function openHandlerWorkers(runtime: PythonRuntime, onEvent: (event: PoolEvent) => void): HandlerWorkers {
  const handlers = new Map<string, { readonly prefix: string; readonly file: string; readonly requires: string[] }>();
  let pool: Promise<WorkerPool> | undefined;
  const workers = () => {
    pool ??= runtime.createPool({
      name: 'handlers',
      worker: { kind: 'handler', handlers: [...handlers.values()], device: 'cpu' },
      onEvent,
    });
    return pool;
  };
  let freeing: Promise<unknown> | undefined;
  /** Whatever it answers to a method that no plugin has, it answers again. */
  const waitUntilItAnswers = () => {
    freeing ??= workers()
      .then((pool) => pool.call('', {}))
      .catch(() => undefined)
      .finally(() => {
        freeing = undefined;
      });
  };

  return {
    async free(abortSignal) {
      if (freeing !== undefined) {
        await untilAborted(() => freeing, abortSignal);
      }
    },

    register(plugin) {
      const prefix = `${plugin.kind}/${plugin.name}`;
      const { handler } = plugin;
      if (handler !== undefined) {
        const file = fileURLToPath(handler.file);
        const other = handlers.get(prefix)?.file;
        if (other !== undefined && other !== file) {
          throw new DuplicatePluginError({ kind: plugin.kind, plugin: plugin.name, packages: [other, file] });
        }
        handlers.set(prefix, { prefix, file, requires: [...(handler.requires ?? [])] });
      }
      const required = (method: string) => {
        if (handler === undefined) {
          const found = 'no handler';
          throw new PluginContractError({
            plugin: prefix,
            what: `worker.call("${method}")`,
            found,
            expected: 'a plugin with `handler`',
          });
        }
      };
      return {
        async call(method, input, { output, abortSignal }) {
          required(method);
          const pool = await workers();
          abortSignal?.addEventListener('abort', waitUntilItAnswers, { once: true });
          try {
            const value = await pool.call(`${prefix}#${method}`, input, { abortSignal });
            return await checkAnswer(`${prefix}#${method}`, value, output);
          } finally {
            abortSignal?.removeEventListener('abort', waitUntilItAnswers);
          }
        },
        async *stream(method, input, { item, abortSignal }) {
          required(method);
          for await (const value of (await workers()).stream(`${prefix}#${method}`, input, { abortSignal })) {
            yield checkAnswer(`${prefix}#${method}`, value, item);
          }
        },
      };
    },

    async [Symbol.asyncDispose]() {
      // A pool that could not be made has told its caller so.
      await (await pool?.catch(() => undefined))?.stop();
    },
  };
}

async function checkAnswer<Value>(
  method: string,
  value: unknown,
  schema: StandardSchemaV1<unknown, Value>,
): Promise<Value> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) {
    return result.value;
  }
  const [issue] = result.issues;
  const path = issue?.path?.map((key) => (typeof key === 'object' ? key.key : key)).join('.');
  throw new PluginContractError({
    plugin: method,
    what: `its answer${path ? ` at ${path}` : ''}`,
    found: issue?.message ?? 'something else',
    expected: 'what the output schema of the call says',
  });
}
