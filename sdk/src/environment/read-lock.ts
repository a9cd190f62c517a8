import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnknownLockError } from '../errors/unknown-lock.ts';
import { locatePythonSources, type PythonSources } from './python-sources.ts';

/** A list of Python packages, each with its version and the hashes of its files. */
export interface Lock {
  readonly name: string;
  readonly path: string;
  /** First 12 hex digits of its sha256; an environment is named by it. */
  readonly hash: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

export function readLock(name: string, sources: PythonSources = locatePythonSources()): Lock {
  const known = readdirSync(sources.locks).flatMap((file) => /^(.+)\.txt$/.exec(file)?.[1] ?? []);
  if (!known.includes(name)) throw new UnknownLockError({ lock: name, known });
  const path = join(sources.locks, `${name}.txt`);
  const text = readFileSync(path, 'utf8');
  return {
    name,
    path,
    hash: createHash('sha256').update(text).digest('hex').slice(0, 12),
    packages: [...text.matchAll(/^([\w.-]+)==([^\s\\;]+)/gm)].map(([, name = '', version = '']) => ({ name, version })),
  };
}
