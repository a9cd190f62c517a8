import { constants, zstdCompressSync } from 'node:zlib';

/** Of a zstd frame beside its content. */
const frameBytes = 9;

/**
 * Share of a text's bytes that is left when it is compressed: half for a usual page, next to nothing for one that says
 * the same again and again. zstd, since zlib does not see a repetition from more than 32 KB away.
 */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text.trim());
  const compressed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 9 } });
  return (compressed.length - frameBytes) / Math.max(1, bytes.length);
}
