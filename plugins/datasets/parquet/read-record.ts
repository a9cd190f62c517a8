import type { RawRecord } from '@repro/sdk/contract';
import { readId, takePage } from '../take-page.ts';
import type { Row } from './read-rows.ts';

export interface RecordOptions {
  readonly file: string;
  readonly textField: string;
  /** Whether the file has a column of that name, and not of texts. */
  readonly isOtherType: boolean;
  readonly idField: string | undefined;
  readonly maxRecordBytes: number;
}

/** The record of one row, or what is wrong with it; `line` is the number of the row, from 1. */
export function readRecord(row: Row, line: number, options: RecordOptions): RawRecord {
  const bad = (code: string, reason: string, id?: string): RawRecord => ({
    outcome: 'bad',
    code,
    reason,
    file: options.file,
    line,
    ...(id !== undefined && { id }),
  });

  if ('unreadable' in row) {
    return bad(row.unreadable.code, row.unreadable.message);
  }
  const { record, bytes } = row;
  const id = readId(record, options.idField);
  if (bytes > options.maxRecordBytes) {
    return bad('too-large', `the row has ${bytes} bytes of text, maxRecordBytes is ${options.maxRecordBytes}`, id);
  }
  if (options.isOtherType) {
    return bad('missing-text', `column "${options.textField}" is no column of texts in this file`, id);
  }
  const page = takePage(record, options.textField);
  if ('missing' in page) {
    return bad('missing-text', page.missing, id);
  }
  return { outcome: 'record', ...page, line, ...(id !== undefined && { id }) };
}
