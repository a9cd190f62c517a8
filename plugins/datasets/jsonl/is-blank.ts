import type { Line } from './split-lines.ts';

const blanks = [0x20, 0x09, 0x0d];

/** Whether a line is no record at all: nothing but spaces, tabs and the rest of a CRLF. */
export function isBlank(line: Line): boolean {
  return withoutByteOrderMark(line)?.every((byte) => blanks.includes(byte)) ?? false;
}

/** The bytes of a line; a mark at the beginning of the file is not part of it. */
export function withoutByteOrderMark({ number, bytes }: Line): Uint8Array | undefined {
  const marked = number === 1 && bytes?.[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}
