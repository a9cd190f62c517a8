import type { JsonValue } from '@repro/sdk/contract';
import { UnreadableShardError } from '../unreadable-shard-error.ts';
import type { DataPage } from './decode-page.ts';
import type { ParquetFile } from './open-parquet-file.ts';
import { readPages } from './read-pages.ts';
import type { Chunk } from './read-row-groups.ts';

/** Walks over the entries of one chunk, row by row; holds the pages that the current row touches. */
export interface ColumnCursor {
  /** Whether every entry of the row that begins here is in memory; `load` brings more. */
  readonly hasRow: () => boolean;
  readonly load: () => Promise<void>;
  readonly definitionLevel: () => number;
  /** Of the current entry; 0 behind the end of the row. */
  readonly repetitionLevel: () => number;
  /** The value of the current entry; goes on to the next. */
  readonly take: () => JsonValue;
  /** Goes on to the next entry; this one must be null above the level. */
  readonly skipNull: (level: number) => void;
  /** Goes on to the next row; tells how many bytes of text this one took, and whether entries were left. */
  readonly endRow: () => { readonly bytes: number; readonly isWhole: boolean };
}

const noPage: DataPage = { entries: 0, repetitionLevels: undefined, definitionLevels: undefined, values: [] };

export function openColumn(file: ParquetFile, chunk: Chunk, abortSignal: AbortSignal): ColumnCursor {
  const { convert, maxDefinitionLevel, path } = chunk.column;
  const pages = readPages(file, chunk, abortSignal);
  let page = noPage;
  let isComplete = false;
  let entry = 0;
  let value = 0;
  let rowEnd = 0;
  let bytes = 0;

  const definitionLevel = () => page.definitionLevels?.[entry] ?? maxDefinitionLevel;
  const next = () => {
    value += definitionLevel() === maxDefinitionLevel ? 1 : 0;
    entry += 1;
  };

  return {
    hasRow() {
      rowEnd = Math.max(rowEnd, entry + 1);
      while (rowEnd < page.entries && (page.repetitionLevels?.[rowEnd] ?? 0) > 0) {
        rowEnd += 1;
      }
      // A row of a repeated column may go on in the next page.
      return rowEnd < page.entries || (rowEnd === page.entries && (isComplete || page.repetitionLevels === undefined));
    },

    async load() {
      const loaded = await pages.next();
      if (!loaded.done) {
        page = entry < page.entries ? append(page, { entry, value }, loaded.value) : loaded.value;
        [entry, value, rowEnd] = [0, 0, 0];
      } else if (isComplete) {
        const problem = `column "${path}" has fewer rows than the footer promises`;
        throw new UnreadableShardError({ file: file.path, byte: chunk.start, problem });
      } else {
        isComplete = true;
      }
    },

    definitionLevel,
    repetitionLevel: () => (entry < rowEnd ? (page.repetitionLevels?.[entry] ?? 0) : 0),

    take() {
      const stored = page.values[value];
      if (definitionLevel() !== maxDefinitionLevel || stored === undefined) {
        throw new Error(`column "${path}" has no value where its neighbours have one`);
      }
      next();
      bytes += stored instanceof Uint8Array ? stored.length : 0;
      return convert(stored);
    },

    skipNull(level) {
      if (definitionLevel() >= level) {
        throw new Error(`column "${path}" has a value where its neighbours have none`);
      }
      next();
    },

    endRow() {
      const ended = { bytes, isWhole: entry === rowEnd };
      while (entry < rowEnd) {
        next();
      }
      bytes = 0;
      return ended;
    },
  };
}

/** What is left of a page, and the next one behind it. */
function append(page: DataPage, from: { readonly entry: number; readonly value: number }, next: DataPage): DataPage {
  const both = (one: Uint32Array | undefined, other: Uint32Array | undefined) =>
    one && other && Uint32Array.of(...one.subarray(from.entry), ...other);
  return {
    entries: page.entries - from.entry + next.entries,
    repetitionLevels: both(page.repetitionLevels, next.repetitionLevels),
    definitionLevels: both(page.definitionLevels, next.definitionLevels),
    values: [...Array.from(page.values).slice(from.value), ...Array.from(next.values)],
  };
}
