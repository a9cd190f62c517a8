import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completeStamp, findEnvironment, placeEnvironment } from './find-environment.ts';
import { locatePythonSources } from './python-sources.ts';
import { readLock } from './read-lock.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'repro-cache-'));
});
afterEach(() => rm(cache, { recursive: true }));

describe('readLock', () => {
  it('lists every package with its version', () => {
    const { packages } = readLock('cpu');
    expect(packages).toContainEqual({ name: 'torch', version: '2.13.0+cpu' });
    expect(packages.map(({ name }) => name)).toContain('msgspec');
  });

  it('names the locks that there are when one is not', () => {
    expect(() => readLock('cuda')).toThrow('There is no lock "cuda"; there are cpu, dev.');
  });

  it('changes its hash with its content', async () => {
    const sources = { ...locatePythonSources(), locks: cache };
    await writeFile(join(cache, 'cpu.txt'), 'one==1.0 \\\n    --hash=sha256:aa\n');
    const before = readLock('cpu', sources);
    await writeFile(join(cache, 'cpu.txt'), 'one==1.1 \\\n    --hash=sha256:bb\n');
    expect(readLock('cpu', sources).hash).not.toBe(before.hash);
    expect(before.hash).toMatch(/^[0-9a-f]{12}$/);
  });

  it('finds no package of the developers in the lock that it extends', () => {
    const cpu = readLock('cpu').packages.map(({ name }) => name);
    expect(readLock('dev').packages.filter(({ name }) => cpu.includes(name))).toEqual([]);
  });
});

describe('findEnvironment', () => {
  it('names the folder after the lock and its hash', () => {
    const { folder, lock } = placeEnvironment({ variables: { REPRO_CACHE: cache } });
    expect(folder).toBe(join(cache, 'env', `cpu-${lock.hash}`));
  });

  it('takes a folder for an environment only once the stamps of all its locks are there', async () => {
    const selection = { variables: { REPRO_CACHE: cache } };
    const place = placeEnvironment(selection);
    await mkdir(join(place.folder, 'bin'), { recursive: true });
    await writeFile(place.python, '');
    expect(findEnvironment(selection)).toBeUndefined();

    await writeFile(completeStamp(place.folder, place.lock), '');
    expect(findEnvironment(selection)).toEqual(place);
    expect(findEnvironment({ ...selection, additions: ['dev'] })).toBeUndefined();

    await writeFile(completeStamp(place.folder, readLock('dev')), '');
    expect(findEnvironment({ ...selection, additions: ['dev'] })).toEqual(place);
  });

  it('no longer finds it when its interpreter is gone', async () => {
    const selection = { variables: { REPRO_CACHE: cache } };
    const place = placeEnvironment(selection);
    await mkdir(place.folder, { recursive: true });
    await writeFile(completeStamp(place.folder, place.lock), '');
    expect(findEnvironment(selection)).toBeUndefined();
  });
});

describe('locatePythonSources', () => {
  it('finds the worker package beside the locks', async () => {
    const { packages } = locatePythonSources();
    expect(await readFile(join(packages, 'repro_worker', 'service.py'), 'utf8')).toContain('class Service');
  });
});
