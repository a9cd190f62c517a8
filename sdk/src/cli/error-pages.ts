import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors/usage.ts';
import { nearest } from '../recipe/describe-issues.ts';
import { exitOfCode } from './exit-codes.ts';

/** What `repro explain` knows of an error. */
export interface ErrorPage {
  readonly code: string;
  readonly exit: number;
  readonly summary: string;
  /** Summary, causes and what to do, as Markdown. */
  readonly text: string;
}

/** Codes that have a page, sorted. */
export function explainedCodes(): readonly string[] {
  return readdirSync(folder)
    .map((file) => file.replace(/\.md$/, ''))
    .toSorted();
}

/** The page of a code, also where its prefix is left out; a UsageError with the nearest one where there is none. */
export function readErrorPage(typed: string): ErrorPage {
  const code = `REPRO_${typed
    .toUpperCase()
    .replaceAll('-', '_')
    .replace(/^REPRO_/, '')}`;
  const codes = explainedCodes();
  if (!codes.includes(code)) {
    const guess = nearest(code, codes);
    const next = guess === undefined ? '; without a code, `explain` lists all.' : `; did you mean "${guess}"?`;
    throw new UsageError(`There is no error code "${typed}"${next}`, { command: 'explain' });
  }
  const [, summary = '', ...rest] = readFileSync(join(folder, `${code}.md`), 'utf8')
    .trim()
    .split('\n\n');
  return { code, exit: exitOfCode(code), summary, text: [summary, ...rest].join('\n\n') };
}

/** Inside the published package, or among the documents of a checkout. */
const packed = fileURLToPath(new URL('../../errors', import.meta.url));
const folder = existsSync(packed) ? packed : fileURLToPath(new URL('../../../docs/errors', import.meta.url));
