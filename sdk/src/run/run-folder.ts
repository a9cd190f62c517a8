import type { JsonWritable } from '../contract/json-text.ts';
import type { Lease } from './lease.ts';
import type { Store } from './store.ts';

/** A run as anyone may read it; needs no lease. */
export interface RunReader {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly store: Store;
  /** Shard names by part number. */
  readonly shards: readonly string[];
  /** What `remember` kept. */
  readonly notes: ReadonlyMap<string, string>;
}

/** A run that this process owns until it is disposed. */
export interface RunFolder extends RunReader, AsyncDisposable {
  readonly lease: Lease;
  /** Absolute path of the folder for log files of workers and hosts. */
  readonly logsFolder: string;
  /** The caller's signal, and LeaseLostError when another host took the run over. */
  readonly abortSignal: AbortSignal;
  /** Given on first sight in call order and kept for ever. */
  partNumber(shard: string): Promise<number>;
  /** The first value wins: the kept one comes back. */
  remember(key: string, value: string): Promise<string>;
  /** One line of events.jsonl, with the time. */
  recordEvent(event: { readonly type: string; readonly [key: string]: JsonWritable | undefined }): Promise<void>;
}

export interface OpenRunOptions {
  /** Folder that holds the runs. */
  readonly runs: string;
  readonly name: string;
  /** The resolved recipe as YAML. */
  readonly recipe: string;
  readonly abortSignal?: AbortSignal | undefined;
}

/** Creates or continues `<runs>/<name>` and takes its lease. A live owner elsewhere is a LeasedElsewhereError. */
export async function openRunFolder({ name }: OpenRunOptions): Promise<RunFolder> {
  throw new Error(`to be written: ${name}`);
}

/** Opens a run for verify, query and read. */
export async function openRunForReading(folder: string): Promise<RunReader> {
  throw new Error(`to be written: ${folder}`);
}
