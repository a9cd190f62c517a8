import { DuckDBInstance } from '@duckdb/node-api';
import { nameFullDisk } from '../errors/disk-full.ts';

/** Where a corpus is cut: records above `value` are kept, and those at it up to `lastId` (all of them without one). */
export interface FilterCut {
  readonly value: number;
  readonly lastId?: string;
}

/** Whether a record stays. The same answer in any order, on any host. */
export function isKept(cut: FilterCut | undefined, value: number, id: string): boolean {
  if (cut === undefined || value < cut.value) {
    return false;
  }
  return value > cut.value || cut.lastId === undefined || compareBytes(id, cut.lastId) <= 0;
}

/**
 * The cut that keeps the `most` best records, of equal ones those with the smaller id (by its bytes); undefined keeps
 * none. Values and ids are sorted in a database that does not exist yet, so memory stays bounded whatever the corpus
 * holds.
 */
export async function findShareCut(
  values: AsyncIterable<{ readonly id: string; readonly value: number }>,
  most: number,
  databasePath: string,
): Promise<FilterCut | undefined> {
  if (most === 0) {
    return undefined;
  }
  const settings = { threads: '1', memory_limit: '256MB' };
  const instance = await DuckDBInstance.create(databasePath, settings).catch((cause) => {
    throw nameFullDisk(databasePath, cause);
  });
  const connection = await instance.connect();
  try {
    await connection.run('CREATE TABLE ranking (id VARCHAR, value DOUBLE)');
    const appender = await connection.createAppender('ranking');
    let count = 0;
    for await (const { id, value } of values) {
      appender.appendVarchar(id);
      appender.appendDouble(value);
      appender.endRow();
      count += 1;
    }
    appender.closeSync();
    const last = await connection.runAndReadAll(
      'SELECT value, id FROM ranking ORDER BY value DESC, id LIMIT 1 OFFSET $1',
      [BigInt(Math.max(0, Math.min(most, count) - 1))],
    );
    const [row] = last.getRows();
    return row && { value: Number(row[0]), lastId: String(row[1]) };
  } catch (cause) {
    throw nameFullDisk(databasePath, cause);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
