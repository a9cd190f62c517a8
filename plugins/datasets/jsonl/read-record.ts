import { JsonLimitError, type JsonObject, type JsonValue, parseJson, type RawRecord } from '@repro/sdk/contract';
import { decodeUtf8 } from '../decode-utf8.ts';
import { nameType, readId, takePage } from '../take-page.ts';
import { findLoneSurrogate } from './find-lone-surrogate.ts';
import { isBlank, withoutByteOrderMark } from './is-blank.ts';
import type { Line } from './split-lines.ts';

export interface RecordOptions {
  readonly file: string;
  readonly textField: string;
  readonly idField: string | undefined;
  readonly maxRecordBytes: number;
}

/** The record of one line, or what is wrong with it; nothing for a blank line. */
export function readRecord(line: Line, options: RecordOptions): RawRecord | undefined {
  const bad = (code: string, reason: string, id?: string): RawRecord => ({
    outcome: 'bad',
    code,
    reason,
    file: options.file,
    line: line.number,
    byte: line.byte,
    ...(id !== undefined && { id }),
  });

  if (!line.bytes) {
    return bad('too-large', `the line has ${line.length} bytes, maxRecordBytes is ${options.maxRecordBytes}`);
  }
  if (isBlank(line)) {
    return undefined;
  }
  const bytes = withoutByteOrderMark(line) ?? line.bytes;
  const decoded = decodeUtf8(bytes);
  if ('badByte' in decoded) {
    const skipped = line.bytes.length - bytes.length;
    return bad('bad-utf8', `no UTF-8 at byte ${line.byte + skipped + decoded.badByte} of the decompressed file`);
  }
  const parsed = parse(decoded.text);
  if ('problem' in parsed) {
    return bad(parsed.code, parsed.problem);
  }
  if (!isObject(parsed.value)) {
    return bad('not-an-object', `the line holds ${nameType(parsed.value)}, not an object`);
  }

  const record = parsed.value;
  // Only an escape can bring half a pair into well-formed UTF-8.
  const broken = /\\u[dD][89a-fA-F]/.test(decoded.text) ? findLoneSurrogate(record) : undefined;
  const id = readId(record, options.idField);
  if (broken !== undefined) {
    return bad('lone-surrogate', `field "${broken}" holds half a surrogate pair`, id?.isWellFormed() ? id : undefined);
  }
  const page = takePage(record, options.textField);
  if ('missing' in page) {
    return bad('missing-text', page.missing, id);
  }
  return { outcome: 'record', ...page, line: line.number, ...(id !== undefined && { id }) };
}

function parse(text: string): { readonly value: JsonValue } | { readonly code: string; readonly problem: string } {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    // The message quotes the line and may cut a pair in two.
    const problem = (error instanceof Error ? error.message : String(error)).toWellFormed();
    if (error instanceof JsonLimitError) {
      return { code: error.limit === 'number' ? 'number-out-of-range' : 'too-deep', problem };
    }
    return { code: 'bad-json', problem };
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
