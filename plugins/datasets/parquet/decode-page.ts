import type { CompressionCodec, DataPageHeader, Encoding, PageHeader } from 'hyparquet';
import { decodeValues, type PhysicalValues } from './decode-values.ts';
import { decompressPage } from './decompress-page.ts';
import type { Chunk } from './read-row-groups.ts';
import { readRuns } from './read-runs.ts';
import type { Column } from './read-schema.ts';

/** One page of a stored column: levels of all its entries, values of those that are not null. */
export interface DataPage {
  readonly entries: number;
  /** Absent where every entry is a row of its own. */
  readonly repetitionLevels: Uint32Array | undefined;
  /** Absent where nothing can be null. */
  readonly definitionLevels: Uint32Array | undefined;
  readonly values: PhysicalValues;
}

/** Takes a data page of either version apart. Throws a plain Error where it does not hold what its header says. */
export function decodePage(
  body: Uint8Array,
  header: PageHeader,
  { column, codec }: Chunk,
  dictionary: PhysicalValues | undefined,
): DataPage {
  const { entries, encoding, repetition, definition, values } = header.data_page_header
    ? partsOfFirstVersion(decompressPage(body, codec, header.uncompressed_page_size), header.data_page_header, column)
    : partsOfSecondVersion(body, header, codec);
  const repetitionLevels = readLevels(repetition, column.maxRepetitionLevel, entries);
  const definitionLevels = readLevels(definition, column.maxDefinitionLevel, entries);
  const nulls = definitionLevels?.reduce((sum, level) => sum + (level < column.maxDefinitionLevel ? 1 : 0), 0) ?? 0;
  return {
    entries,
    repetitionLevels,
    definitionLevels,
    values: decodeValues(values, encoding, entries - nulls, { column, dictionary }),
  };
}

interface PageParts {
  readonly entries: number;
  readonly encoding: Encoding;
  readonly repetition: Uint8Array;
  readonly definition: Uint8Array;
  readonly values: Uint8Array;
}

/** Everything is compressed together; levels have their length before them, and are left out where there are none. */
function partsOfFirstVersion(
  page: Uint8Array,
  { num_values: entries, encoding, ...header }: DataPageHeader,
  { maxRepetitionLevel, maxDefinitionLevel }: Column,
): PageParts {
  let rest = page;
  const take = (max: number, coding: Encoding): Uint8Array => {
    if (max === 0) {
      return rest.subarray(0, 0);
    }
    if (coding !== 'RLE') {
      throw new Error(`its levels are encoded as ${coding}, which is not read here`);
    }
    const end = 4 + new DataView(rest.buffer, rest.byteOffset, rest.length).getUint32(0, true);
    if (end > rest.length) {
      throw new Error(`its levels would end at byte ${end} of ${rest.length}`);
    }
    const levels = rest.subarray(4, end);
    rest = rest.subarray(end);
    return levels;
  };
  const repetition = take(maxRepetitionLevel, header.repetition_level_encoding);
  const definition = take(maxDefinitionLevel, header.definition_level_encoding);
  return { entries, encoding, repetition, definition, values: rest };
}

/** Levels stand uncompressed before the values, their lengths in the header. */
function partsOfSecondVersion(
  body: Uint8Array,
  { data_page_header_v2: header, uncompressed_page_size: length }: PageHeader,
  codec: CompressionCodec,
): PageParts {
  if (header === undefined) {
    throw new Error('it has no header of its own');
  }
  const repetitionEnd = header.repetition_levels_byte_length;
  const definitionEnd = repetitionEnd + header.definition_levels_byte_length;
  if (definitionEnd > body.length || definitionEnd > length) {
    throw new Error(`its levels would end at byte ${definitionEnd} of ${body.length}`);
  }
  const rest = body.subarray(definitionEnd);
  // Where every entry is null some writers leave the values out altogether.
  const isCompressed = header.is_compressed !== false && rest.length > 0;
  return {
    entries: header.num_values,
    encoding: header.encoding,
    repetition: body.subarray(0, repetitionEnd),
    definition: body.subarray(repetitionEnd, definitionEnd),
    values: isCompressed ? decompressPage(rest, codec, length - definitionEnd) : rest,
  };
}

function readLevels(bytes: Uint8Array, max: number, entries: number): Uint32Array | undefined {
  if (max === 0) {
    return undefined;
  }
  const levels = readRuns(bytes, 32 - Math.clz32(max), entries);
  if (levels.some((level) => level > max)) {
    throw new Error(`it has a level above ${max}`);
  }
  return levels;
}
