import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** The content of a page, exactly as long as its header says. Throws a plain Error where it is not. */
export function decompressPage(bytes: Uint8Array, codec: CompressionCodec, length: number): Uint8Array {
  const page = decompress(bytes, codec, length);
  if (page.length !== length) {
    throw new Error(`${page.length} bytes come out of it, its header promises ${length}`);
  }
  return page;
}

function decompress(bytes: Uint8Array, codec: CompressionCodec, length: number): Uint8Array {
  if (length === 0) {
    // Not every decompressor knows the page without a value.
    return new Uint8Array(0);
  }
  // Whatever a damaged page would become, no more than this is made of it.
  const limit = { maxOutputLength: length };
  switch (codec) {
    case 'UNCOMPRESSED':
      return bytes;
    case 'ZSTD':
      return zstdDecompressSync(bytes, limit);
    case 'GZIP':
      return gunzipSync(bytes, limit);
    case 'BROTLI':
      return brotliDecompressSync(bytes, limit);
    default: {
      const decompressor = compressors[codec];
      if (decompressor === undefined) {
        throw new Error(`it is compressed with ${codec}, which is not read here`);
      }
      return decompressor(bytes, length);
    }
  }
}
