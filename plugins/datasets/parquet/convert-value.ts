import type { JsonValue } from '@repro/sdk/contract';
import type { SchemaElement, TimeUnit } from 'hyparquet';
import { parseFloat16 } from 'hyparquet/src/convert.js';
import { decodeUtf8 } from '../decode-utf8.ts';
import { dateText, decimalText, intervalText, timestampText, timeText, uuidText } from './value-text.ts';

/** A value as parquet stores it, before its logical type is asked. */
export type PhysicalValue = boolean | number | bigint | Uint8Array;

/** A value that has no JSON form; its row is a bad record. */
export class UnreadableValueError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** How values of a stored column become JSON, by the logical type that its own file gives it. */
export function converterOf(element: SchemaElement, path: string): (value: PhysicalValue) => JsonValue {
  const { type, converted_type: converted, logical_type: logical, type_length: length } = element;
  switch (type) {
    case 'BOOLEAN':
      return (value) => value as boolean;
    case 'FLOAT':
    case 'DOUBLE':
      return (value) => floatOf(value as number);
    case 'INT96':
      return (value) => timestampText(nanosecondsOfInt96(value as bigint), 'NANOS') ?? outOfRange(path, value);
    case 'INT32':
    case 'INT64':
      return integerConverter(element, path);
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      break;
    default:
      throw new Error(`column "${path}" has the unknown type ${type}`);
  }
  const bytesConverter = (convert: (bytes: Uint8Array) => JsonValue) => (value: PhysicalValue) =>
    convert(value as Uint8Array);
  const scale = decimalScale(element);
  if (scale !== undefined) {
    return bytesConverter((bytes) => decimalText(signedOf(bytes), scale));
  }
  if (logical?.type === 'UUID' && length === 16) {
    return bytesConverter(uuidText);
  }
  if (logical?.type === 'FLOAT16' && length === 2) {
    return bytesConverter((bytes) => floatOf(parseFloat16(bytes) ?? Number.NaN));
  }
  if (converted === 'INTERVAL' && length === 12) {
    return bytesConverter(intervalText);
  }
  return isText(element)
    ? bytesConverter((bytes) => textOf(bytes, path))
    : bytesConverter((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'));
}

/** Whether a column says that its bytes are UTF-8. */
export function isText({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  const texts = ['STRING', 'UTF8', 'JSON', 'ENUM'];
  return type === 'BYTE_ARRAY' && (texts.includes(converted ?? '') || texts.includes(logical?.type ?? ''));
}

function integerConverter(element: SchemaElement, path: string): (value: PhysicalValue) => JsonValue {
  const { type, converted_type: converted, logical_type: logical } = element;
  const scale = decimalScale(element);
  if (scale !== undefined) {
    return (value) => decimalText(BigInt(value as number | bigint), scale);
  }
  if (logical?.type === 'DATE' || converted === 'DATE') {
    return (value) => dateText(value as number) ?? outOfRange(path, value);
  }
  const timestamp = unitOf(element, 'TIMESTAMP');
  if (timestamp !== undefined) {
    return (value) => timestampText(BigInt(value as number | bigint), timestamp) ?? outOfRange(path, value);
  }
  const time = unitOf(element, 'TIME');
  if (time !== undefined) {
    return (value) => timeText(BigInt(value as number | bigint), time) ?? outOfRange(path, value);
  }
  const unsigned = converted?.startsWith('UINT_') || (logical?.type === 'INTEGER' && !logical.isSigned);
  if (type === 'INT32') {
    return unsigned ? (value) => (value as number) >>> 0 : (value) => value as number;
  }
  return unsigned ? (value) => integerOf(BigInt.asUintN(64, value as bigint)) : (value) => integerOf(value as bigint);
}

function unitOf(element: SchemaElement, kind: 'TIMESTAMP' | 'TIME'): TimeUnit | undefined {
  const { converted_type: converted, logical_type: logical } = element;
  if (logical?.type === kind) {
    return logical.unit;
  }
  if (converted === `${kind}_MILLIS`) {
    return 'MILLIS';
  }
  return converted === `${kind}_MICROS` ? 'MICROS' : undefined;
}

function decimalScale({ converted_type: converted, logical_type: logical, scale }: SchemaElement): number | undefined {
  if (logical?.type === 'DECIMAL') {
    return logical.scale ?? scale ?? 0;
  }
  return converted === 'DECIMAL' ? (scale ?? 0) : undefined;
}

function integerOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function floatOf(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function textOf(bytes: Uint8Array, path: string): string {
  const decoded = decodeUtf8(bytes);
  if ('badByte' in decoded) {
    const message = `column "${path}" holds no UTF-8 at byte ${decoded.badByte} of its text`;
    throw new UnreadableValueError('bad-utf8', message);
  }
  return decoded.text;
}

/** Two's complement, the highest byte first. */
function signedOf(bytes: Uint8Array): bigint {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return digits === '' ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits}`));
}

/** Days since the beginning of the Julian calendar above, nanoseconds of the day in the low 64 bits. */
function nanosecondsOfInt96(value: bigint): bigint {
  const julianDayOf1970 = 2_440_588n;
  return ((value >> 64n) - julianDayOf1970) * 86_400_000_000_000n + BigInt.asUintN(64, value);
}

function outOfRange(path: string, value: PhysicalValue): never {
  throw new UnreadableValueError(
    'time-out-of-range',
    `column "${path}" holds ${value}, which is no time a calendar has`,
  );
}
