import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { PluginWorker } from '../contract/host.ts';
import { untilAborted } from '../plugins/until-aborted.ts';
import { copyOverTheWire } from './copy-over-the-wire.ts';

/** What stands for the functions marked `@handler`, by name. A generator function answers `worker.stream`. */
export type FakeMethods = Readonly<Record<string, (input: never) => unknown>>;

/**
 * A `PluginWorker` without Python. As with the real one, the input crosses as plain data, the answer is checked against
 * the schema that the plugin gives, and an aborted call rejects.
 *
 * @example
 * const worker = fakeWorker({ score: ({ texts }: { texts: string[] }) => ({ scores: texts.map(() => 0.5) }) });
 */
export function fakeWorker(methods: FakeMethods): PluginWorker {
  const answer = (name: string, input: unknown): unknown => {
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) {
      const known = Object.keys(methods).join(', ') || 'none';
      throw new Error(`The plugin called the worker method "${name}"; fakeWorker was given: ${known}.`);
    }
    return (method as (input: unknown) => unknown)(copyOverTheWire(input, `the input of "${name}"`));
  };

  return {
    async call(name, input, { output, abortSignal }) {
      const value = await untilAborted(() => answer(name, input), abortSignal);
      if (isIterator(value)) {
        throw new Error(`The worker method "${name}" is a generator: read it with worker.stream, not worker.call.`);
      }
      return checkAnswer(name, value, output);
    },

    async *stream(name, input, { item, abortSignal }) {
      const values = await untilAborted(() => answer(name, input), abortSignal);
      if (!isIterator(values)) {
        throw new Error(`The worker method "${name}" is no generator: ask it with worker.call, not worker.stream.`);
      }
      try {
        while (true) {
          const { done, value } = await untilAborted(() => values.next(), abortSignal);
          if (done) {
            return;
          }
          yield await checkAnswer(name, value, item);
        }
      } finally {
        await values.return?.();
      }
    },
  };
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

function isIterator(value: unknown): value is AnyIterator {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function';
}

async function checkAnswer<Output>(
  name: string,
  value: unknown,
  schema: StandardSchemaV1<unknown, Output>,
): Promise<Output> {
  const result = await schema['~standard'].validate(copyOverTheWire(value, `the answer of "${name}"`));
  if (result.issues === undefined) {
    return result.value;
  }
  const faults = result.issues.map(({ path = [], message }) => `at ${writePath(path)}: ${message}`);
  throw new Error(
    `The worker method "${name}" answered what the plugin's schema does not accept, ${faults.join('; ')}.`,
  );
}

function writePath(path: NonNullable<StandardSchemaV1.Issue['path']>): string {
  return ['$', ...path.map((step) => String(typeof step === 'object' ? step.key : step))].join('.');
}
