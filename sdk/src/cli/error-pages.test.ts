import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainedCodes, readErrorPage } from './error-pages.ts';

const root = join(import.meta.dirname, '../../..');

/** Codes that the sources of a language give to their error classes. */
function codesIn(pattern: string, code: RegExp): readonly string[] {
  const files = globSync(pattern, { cwd: root, exclude: (path) => /node_modules|\.test\.ts$|^test_/.test(path) });
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(code)].map(([, found = '']) => found),
  );
}

const thrown = [
  ...codesIn('{bridge,sdk}/src/**/*.ts', /\bcode = '(REPRO_\w+)'/g),
  ...codesIn('plugins/**/*.ts', /\bcode = '(REPRO_\w+)'/g),
  ...codesIn('{python-env/src,plugins}/**/*.py', /\bcode = "(REPRO_\w+)"/g),
  // What `--json` calls an error that nobody foresaw.
  'REPRO_BUG',
];

it('has a page for every code that is thrown, and no page for a code that is not', () => {
  expect(thrown.length).toBeGreaterThan(60);
  expect(explainedCodes()).toEqual([...new Set(thrown)].toSorted());
});

it.each(explainedCodes())('says what %s means, what causes it, and what to do', (code) => {
  const page = readFileSync(join(root, `docs/errors/${code}.md`), 'utf8');
  expect(page).toMatch(
    new RegExp(`^# ${code}\n\n[A-Z\`].+[.]\n\nUsual causes:\n(- .+[.]\n)+\nWhat to do:\n(- .+[.]\n)+$`),
  );
});

describe('a code as it is typed', () => {
  it('may lack its prefix and its capitals', () => {
    expect(readErrorPage('disk-full')).toMatchObject({ code: 'REPRO_DISK_FULL', exit: 8 });
    expect(readErrorPage('REPRO_DISK_FULL')).toMatchObject({
      summary: 'The disk, a quota or a limit of file size refused a write. What was committed before is whole.',
      text: expect.stringContaining('`--runs DIR`'),
    });
  });

  it('that there is not is answered with the nearest', () => {
    expect(() => readErrorPage('REPRO_DISK_FUL')).toThrow('did you mean "REPRO_DISK_FULL"?');
    expect(() => readErrorPage('ENOSPC')).toThrow('There is no error code "ENOSPC"; without a code');
    expect(() => readErrorPage('../../README')).toThrow('There is no error code');
  });
});
