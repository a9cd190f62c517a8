import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { writeFolder } from '../testing/write-folder.ts';
import { checkCacheFolder, checkSocketFolder } from './check-folders.ts';
import { checkPython } from './check-python.ts';
import { examineSystem } from './examine-system.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('names the cure of everything that is missing on a bare machine', async () => {
  const folder = await writeFolder({});
  const checks = await examineSystem({ variables: { REPRO_CACHE: join(folder, 'cache'), PATH: '', HOME: folder } });
  const missing = checks.filter(({ status }) => status === 'missing');
  expect(missing.map(({ name }) => name)).toContain('environment');
  for (const { name, cure } of missing) expect(cure, name).toMatch(/`[^`]+`/);
  // What stands on something that is missing would only say so again.
  expect(checks.map(({ name }) => name)).not.toContain('bridge');
});

it('knows a cache folder that can be written, also before it is there', async () => {
  const folder = await writeFolder({ 'a-file': '' });
  const unprepared = { isComplete: false };
  expect(await checkCacheFolder(join(folder, 'not/yet'), unprepared)).toMatchObject({ status: 'ok' });
  const inFile = join(folder, 'a-file', 'cache');
  expect(await checkCacheFolder(inFile, unprepared)).toMatchObject({ status: 'missing', cure: /REPRO_CACHE/ });
  // One that is complete may be read only.
  expect(await checkCacheFolder(inFile, { isComplete: true })).toMatchObject({ status: 'warning' });
});

it('makes a socket where host and workers would meet', async () => {
  const folder = await writeFolder({ 'a-file': '', [`${'long'.repeat(20)}/x`]: '' });
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
  expect(await checkSocketFolder()).toMatchObject({ status: 'ok', found: folder });
  vi.stubEnv('XDG_RUNTIME_DIR', join(folder, 'long'.repeat(20)));
  expect(await checkSocketFolder()).toMatchObject({ status: 'ok', found: expect.not.stringContaining('long') });
  vi.stubEnv('XDG_RUNTIME_DIR', join(folder, 'a-file'));
  expect(await checkSocketFolder()).toMatchObject({ status: 'missing', cure: expect.stringContaining('local disk') });
});

it('tells a Python that does not start from one of another version', async () => {
  const folder = await writeFolder({ newer: '#!/bin/sh\necho CPython 3.13.1\n', broken: '#!/bin/sh\nexit 127\n' });
  await chmod(join(folder, 'newer'), 0o755);
  await chmod(join(folder, 'broken'), 0o755);
  const newer = await checkPython(join(folder, 'newer'), {});
  expect(newer).toMatchObject({ status: 'warning', found: expect.stringContaining('CPython 3.13.1 at') });
  expect(newer.cure).toContain('env setup');
  const broken = join(folder, 'broken');
  const named = await checkPython(broken, { REPRO_PYTHON: broken });
  expect(named).toMatchObject({ status: 'missing', cure: expect.stringContaining('unset REPRO_PYTHON') });
});
