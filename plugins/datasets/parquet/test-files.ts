import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DatasetContext, RawRecord } from '@repro/sdk/contract';
import { onTestFinished } from 'vitest';
import { parquetDataset } from './dataset.ts';

type Config = Parameters<typeof parquetDataset.doListShards>[0]['config'];

/** A folder that is gone when the test is. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parquet-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the result of SQL as a parquet file, by another implementation than ours. */
export async function writeParquet(path: string, sql: string, options = 'COMPRESSION zstd'): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet, ${options})`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export async function place(folder: string, name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** The dataset reads its config and the signal, and nothing else of what a host gives. */
export async function contextFor(
  config: object,
  abortSignal = new AbortController().signal,
): Promise<DatasetContext<Config>> {
  const checked = await parquetDataset.configSchema['~standard'].validate(config);
  if (checked.issues) {
    throw new TypeError(checked.issues.map(({ message }) => message).join());
  }
  return { config: checked.value, abortSignal } as DatasetContext<Config>;
}

/** All records of all shards under a path. */
export async function readAll(path: string, config: object = {}, fromRecord = 0): Promise<readonly RawRecord[]> {
  const context = await contextFor({ path, ...config });
  const records: RawRecord[] = [];
  for (const shard of await parquetDataset.doListShards(context)) {
    records.push(...(await Array.fromAsync(parquetDataset.doReadShard(shard, { fromRecord }, context))));
  }
  return records;
}

/** The metadata of a record; a bad one is an error. */
export function metadataOf(record: RawRecord | undefined) {
  if (record?.outcome !== 'record') {
    throw new Error(`no good record: ${JSON.stringify(record)}`);
  }
  return record.metadata;
}
