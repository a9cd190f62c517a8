import { crc32 } from 'node:zlib';
import type { PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { UnreadableShardError } from '../unreadable-shard-error.ts';
import { type DataPage, decodePage } from './decode-page.ts';
import { decodeValues, type PhysicalValues } from './decode-values.ts';
import { decompressPage } from './decompress-page.ts';
import type { ParquetFile } from './open-parquet-file.ts';
import type { Chunk } from './read-row-groups.ts';

/** Writers end a page at about 1 MiB, DuckDB at 100; what a damaged header asks for beyond this is not tried. */
const maxPageBytes = 512 * 1024 * 1024;
const maxPageEntries = 16 * 1024 * 1024;
/** A header with statistics of long texts takes more, and is read again. */
const headerBytes = 8 * 1024;
const maxHeaderBytes = 16 * 1024 * 1024;

/** The data pages of a chunk, one at a time in memory; what is wrong with one is an UnreadableShardError with its byte. */
export async function* readPages(file: ParquetFile, chunk: Chunk, abortSignal: AbortSignal): AsyncGenerator<DataPage> {
  const { column } = chunk;
  let offset = chunk.start;
  let dictionary: PhysicalValues | undefined;
  let entries = 0;
  while (entries < chunk.values) {
    abortSignal.throwIfAborted();
    const start = offset;
    const damage = (problem: string, cause?: unknown) =>
      new UnreadableShardError({ file: file.path, byte: start, problem: `column "${column.path}": ${problem}`, cause });
    const { header, length } = await readHeader(file, offset, damage);
    const bodyStart = offset + length;
    offset = bodyStart + header.compressed_page_size;
    if (offset > file.footerStart) {
      throw damage(`a page would end at byte ${offset}, in the footer`);
    }
    const body = await file.read(bodyStart, header.compressed_page_size);
    if (header.crc !== undefined && crc32(body) !== header.crc >>> 0) {
      throw damage('the page is damaged: its checksum is another');
    }
    try {
      if (header.dictionary_page_header) {
        const page = decompressPage(body, chunk.codec, header.uncompressed_page_size);
        dictionary = decodeValues(page, 'PLAIN', header.dictionary_page_header.num_values, { column, dictionary });
      } else if (header.data_page_header || header.data_page_header_v2) {
        const page = decodePage(body, header, chunk, dictionary);
        entries += page.entries;
        yield page;
      }
    } catch (cause) {
      throw damage(`the page is damaged: ${cause instanceof Error ? cause.message : cause}`, cause);
    }
  }
  if (entries !== chunk.values || offset < chunk.start + chunk.bytes) {
    const expected = `${chunk.values} entries in ${chunk.bytes} bytes`;
    const problem = `column "${column.path}" has ${entries} entries in ${offset - chunk.start} bytes, the footer promises ${expected}`;
    throw new UnreadableShardError({ file: file.path, byte: chunk.start, problem });
  }
}

type Damage = (problem: string, cause?: unknown) => UnreadableShardError;

async function readHeader(
  file: ParquetFile,
  offset: number,
  damage: Damage,
): Promise<{ readonly header: PageHeader; readonly length: number }> {
  const room = Math.min(file.footerStart - offset, maxHeaderBytes);
  for (let window = headerBytes; ; window *= 8) {
    const bytes = await file.read(offset, Math.max(0, Math.min(window, room)));
    const reader = { view: new DataView(bytes.buffer), offset: 0 };
    try {
      const header = parquetHeader(reader);
      checkHeader(header);
      return { header, length: reader.offset };
    } catch (cause) {
      if (window >= room) {
        throw damage(`the page header is damaged: ${cause instanceof Error ? cause.message : cause}`, cause);
      }
    }
  }
}

function checkHeader(header: PageHeader): void {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
  const counts: readonly (readonly [what: string, found: unknown, most: number])[] = [
    ['bytes', header.compressed_page_size, maxPageBytes],
    ['bytes when decompressed', header.uncompressed_page_size, maxPageBytes],
    ['entries', (v1 ?? v2 ?? dictionary)?.num_values ?? 0, maxPageEntries],
    ['bytes of definition levels', v2?.definition_levels_byte_length ?? 0, header.compressed_page_size],
    ['bytes of repetition levels', v2?.repetition_levels_byte_length ?? 0, header.compressed_page_size],
  ];
  for (const [what, found, most] of counts) {
    if (typeof found !== 'number' || !(found >= 0 && found <= most)) {
      throw new Error(`it promises ${found} ${what}, ${most} are possible`);
    }
  }
  const expected = { DATA_PAGE: v1, DATA_PAGE_V2: v2, DICTIONARY_PAGE: dictionary, INDEX_PAGE: true }[header.type];
  if (!expected) {
    throw new Error(`it is of type ${header.type} and does not say more`);
  }
}
