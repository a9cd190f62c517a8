export type Compression = 'none' | 'gzip' | 'zstd';

/** How many bytes `detectCompression` wants to see. */
export const magicBytes = 4;

/**
 * How a file is compressed, by its first bytes and never by its name. Formats that are not read here are named, so that
 * nobody reads them as text. A file that is only the beginning of a magic number is a cut-off file of that kind.
 */
export function detectCompression(head: Uint8Array): Compression | { readonly unread: string } {
  const starts = (magic: readonly number[]) =>
    head.length > 0 && magic.slice(0, head.length).every((byte, index) => byte === head[index]);

  if (starts([0x1f, 0x8b])) {
    return 'gzip';
  }
  const skippable = head[0] !== undefined && (head[0] & 0xf0) === 0x50 && starts([head[0], 0x2a, 0x4d, 0x18]);
  if (starts([0x28, 0xb5, 0x2f, 0xfd]) || (head.length === magicBytes && skippable)) {
    return 'zstd';
  }
  const unread = unreadFormats.find(([, magic]) => head.length === magicBytes && starts(magic));
  return unread ? { unread: unread[0] } : 'none';
}

const unreadFormats: readonly (readonly [name: string, magic: readonly number[]])[] = [
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['parquet', [0x50, 0x41, 0x52, 0x31]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
];
