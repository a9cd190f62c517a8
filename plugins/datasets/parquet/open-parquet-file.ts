import { type FileHandle, open } from 'node:fs/promises';
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { UnreadableShardError } from '../unreadable-shard-error.ts';
import { type RowGroup, readRowGroups } from './read-row-groups.ts';
import { readSchema, type Schema } from './read-schema.ts';

export interface ParquetFile extends AsyncDisposable {
  readonly path: string;
  /** Where the footer begins; all pages lie before it. */
  readonly footerStart: number;
  readonly schema: Schema;
  readonly rowGroups: readonly RowGroup[];
  /** Exactly these bytes. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const magic = 'PAR1';
/** The magic, then the footer's length and the magic again. */
const headBytes = 4;
const tailBytes = 8;

/** Reads the footer of a file and checks that it fits itself and the file. Throws UnreadableShardError where it does not. */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  const damage = (byte: number, problem: string, cause?: unknown) =>
    new UnreadableShardError({ file: path, byte, problem, cause });
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (cause) {
    throw damage(0, `the file cannot be opened: ${messageOf(cause)}`, cause);
  }
  await using opening = new AsyncDisposableStack();
  opening.use(handle);

  const { size } = await handle.stat();
  const read = async (offset: number, length: number) => {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) {
        throw damage(
          offset + filled,
          `the file ends here, ${length - filled} bytes before the end of what it promises`,
        );
      }
      filled += bytesRead;
    }
    return bytes;
  };

  const head = Buffer.from(await read(0, Math.min(headBytes, size))).toString('latin1');
  if (head !== magic) {
    const problem =
      head === 'PARE' ? 'its footer is encrypted' : `it begins with ${JSON.stringify(head)}, not "${magic}"`;
    throw damage(0, `the file is no parquet that can be read: ${problem}`);
  }
  if (size < headBytes + tailBytes) {
    throw damage(size, 'the file is cut off before its footer');
  }
  const tail = Buffer.from(await read(size - tailBytes, tailBytes));
  if (tail.toString('latin1', 4) !== magic) {
    throw damage(size, `the file is cut off: it does not end with "${magic}"`);
  }
  const footerStart = size - tailBytes - tail.readUInt32LE(0);
  if (footerStart < headBytes) {
    throw damage(size - tailBytes, `the footer would have ${tail.readUInt32LE(0)} bytes, which are not in the file`);
  }
  const footer = await read(footerStart, size - footerStart);
  const inFooter = <Part>(part: () => Part): Part => {
    try {
      return part();
    } catch (cause) {
      throw damage(footerStart, `the footer cannot be read: ${messageOf(cause)}`, cause);
    }
  };
  const metadata: FileMetaData = inFooter(() => parquetMetadata(footer, { geoparquet: false }));
  const schema = inFooter(() => readSchema(metadata.schema));
  const rowGroups = inFooter(() => readRowGroups(metadata, schema.columns, { from: headBytes, to: footerStart }));
  const owned = opening.move();
  return { path, footerStart, schema, rowGroups, read, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
