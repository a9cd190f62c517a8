/**
 * So many small numbers of `width` bits each, written as runs of one number and packs of eight (parquet's "RLE/bit-packing
 * hybrid"). Throws a plain Error where the bytes hold fewer or larger ones.
 */
export function readRuns(bytes: Uint8Array, width: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  if (width > 32) {
    throw new Error(`numbers of ${width} bits`);
  }
  let offset = 0;
  const nextByte = () => {
    const byte = bytes[offset];
    if (byte === undefined) {
      throw new Error(`runs end after ${offset} bytes`);
    }
    offset += 1;
    return byte;
  };
  const limit = 2 ** width;

  for (let done = 0; done < count; ) {
    const header = readVariableLength(nextByte);
    const ofRun = Math.floor(header / 2);
    if (header % 2 === 0) {
      let number = 0;
      for (let byte = 0; byte < width; byte += 8) {
        number += nextByte() * 2 ** byte;
      }
      const end = Math.min(done + ofRun, count);
      if (ofRun === 0 || number >= limit) {
        throw new Error(`a run of ${ofRun} times ${number}, in ${width} bits`);
      }
      numbers.fill(number, done, end);
      done = end;
    } else {
      const end = Math.min(done + 8 * ofRun, count);
      const packEnd = offset + ofRun * width;
      // Doubles hold these bits exactly: 32 of a number and 7 before it.
      let bits = 0;
      let filled = 0;
      for (; done < end; done += 1) {
        for (; filled < width; filled += 8) {
          bits += nextByte() * 2 ** filled;
        }
        numbers[done] = bits % limit;
        bits = Math.floor(bits / limit);
        filled -= width;
      }
      offset = packEnd;
    }
  }
  return numbers;
}

function readVariableLength(nextByte: () => number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = nextByte();
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      return value;
    }
  }
  throw new Error('a run header of more than five bytes');
}
