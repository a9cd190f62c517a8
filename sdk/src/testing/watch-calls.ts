import type { PluginHost } from '../plugins/plugin-host.ts';

/** The same host, and the names of the calls that a plugin made without an abort signal. */
export function watchCalls(host: PluginHost): { readonly host: PluginHost; readonly unabortable: readonly string[] } {
  const unabortable: string[] = [];
  const note = (call: string, { abortSignal }: { readonly abortSignal?: AbortSignal | undefined }) => {
    if (abortSignal === undefined) {
      unabortable.push(call);
    }
  };
  const { worker } = host;
  return {
    unabortable,
    host: {
      ...host,
      generate: (model, prompts, options) => {
        note('generate', options);
        return host.generate(model, prompts, options);
      },
      likelihood: (model, requests, options) => {
        note('likelihood', options);
        return host.likelihood(model, requests, options);
      },
      worker: {
        call: (name, input, options) => {
          note(`worker.call("${name}")`, options);
          return worker.call(name, input, options);
        },
        stream: (name, input, options) => {
          note(`worker.stream("${name}")`, options);
          return worker.stream(name, input, options);
        },
      },
    },
  };
}
