import type { DataReader, Encoding } from 'hyparquet';
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import type { PhysicalValue } from './convert-value.ts';
import { readRuns } from './read-runs.ts';
import type { Column } from './read-schema.ts';

export type PhysicalValues = ArrayLike<PhysicalValue>;

/** The values of a page that are not null, without its levels. Throws a plain Error where the bytes hold fewer. */
export function decodeValues(
  bytes: Uint8Array,
  encoding: Encoding,
  count: number,
  { column, dictionary }: { readonly column: Column; readonly dictionary: PhysicalValues | undefined },
): PhysicalValues {
  if (count === 0) {
    return [];
  }
  const reader: DataReader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  const values = decode(reader, bytes, encoding, count, column, dictionary);
  // The library reads on where the page ends and its buffer does not.
  if (reader.offset > bytes.length || values.length !== count) {
    throw new Error(`its ${bytes.length} bytes do not hold ${count} values`);
  }
  if (encoding === 'PLAIN' && reader.offset < bytes.length) {
    throw new Error(`its ${count} values end at byte ${reader.offset} of ${bytes.length}`);
  }
  return values;
}

function decode(
  reader: DataReader,
  bytes: Uint8Array,
  encoding: Encoding,
  count: number,
  { type, typeLength }: Column,
  dictionary: PhysicalValues | undefined,
): PhysicalValues {
  switch (encoding) {
    case 'PLAIN':
      return readPlain(reader, type, count, typeLength);
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return lookUp(readRuns(bytes.subarray(1), bytes[0] ?? 0, count), dictionary);
    case 'RLE':
      if (type !== 'BOOLEAN') {
        throw new Error(`it encodes ${type} as RLE, which is for booleans`);
      }
      // Four bytes of length come first.
      return Array.from(readRuns(bytes.subarray(4), 1, count), (bit) => bit === 1);
    case 'BYTE_STREAM_SPLIT':
      return byteStreamSplit(reader, count, type, typeLength);
    case 'DELTA_BINARY_PACKED': {
      const numbers = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
      deltaBinaryUnpack(reader, count, numbers);
      return numbers;
    }
    case 'DELTA_LENGTH_BYTE_ARRAY': {
      const texts: Uint8Array[] = [];
      deltaLengthByteArray(reader, count, texts);
      return texts;
    }
    case 'DELTA_BYTE_ARRAY': {
      const texts: Uint8Array[] = [];
      deltaByteArray(reader, count, texts);
      return texts;
    }
    default:
      throw new Error(`it is encoded as ${encoding}, which is not read here`);
  }
}

function lookUp(indexes: Uint32Array, dictionary: PhysicalValues | undefined): PhysicalValues {
  return Array.from(indexes, (index) => {
    const value = dictionary?.[index];
    if (value === undefined) {
      throw new Error(`it refers to entry ${index} of a dictionary of ${dictionary?.length ?? 0}`);
    }
    return value;
  });
}
