import { createRequire } from 'node:module';
import { Packr, RESERVE_START_SPACE } from 'msgpackr/pack';

// 'auto' (a bigint only where a number would not do) is missing from the library's types.
const int64AsType = 'auto' as string as 'bigint';

const options = {
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  int64AsType,
  encodeUndefinedAsNil: true,
  moreTypes: false,
  structuredClone: false,
  bundleStrings: false,
};

/** msgpackr in plain JavaScript, which reads long texts in a quarter of the time that its native addon takes. */
const packr = new Packr(options);

/** msgpackr with its addon, which it has for every platform that we support. */
const native = createRequire(import.meta.url)('msgpackr') as typeof import('msgpackr');
const nativePackr = new native.Packr(options);

/** As large as msgpackr's own first one. */
const ownBufferBytes = 8192;

const byteOrderMark = Buffer.from('\ufeff');

/** A value as msgpack behind `headBytes` bytes for the caller to fill. With `room` it is there if it fits. */
export function pack(value: unknown, headBytes: number, room?: Buffer): Buffer {
  if (room === undefined) {
    return packr.pack(value, RESERVE_START_SPACE | headBytes);
  }
  packr.useBuffer(room);
  try {
    return packr.pack(value, RESERVE_START_SPACE | headBytes);
  } finally {
    // The next value must not follow in the same memory.
    packr.useBuffer(Buffer.allocUnsafeSlow(ownBufferBytes));
  }
}

/** Throws on anything that is not one whole value. */
export function unpack(bytes: Buffer): unknown {
  if (bytes.indexOf(byteOrderMark) === -1) {
    return packr.unpack(bytes);
  }
  // The plain reader drops a mark that stands before a text of more than 64 bytes, without a word.
  if (!native.isNativeAccelerationEnabled) {
    throw new Error('it may hold a byte order mark, which msgpackr cannot read without its native addon');
  }
  return nativePackr.unpack(bytes);
}
