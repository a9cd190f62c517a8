import { expect, it } from 'vitest';
import { checkCores, checkDisk, checkMemory, checkNode, checkPlatform } from './check-machine.ts';

it('finds an old Node missing and says what to do', () => {
  expect(checkNode('20.20.2')).toMatchObject({
    status: 'missing',
    found: '20.20.2',
    cure: expect.stringContaining('Node 24'),
  });
  expect(checkNode('24.21.0').status).toBe('ok');
});

it.each([
  [{ platform: 'linux', arch: 'x64', glibc: '2.28' }, 'ok'],
  [{ platform: 'linux', arch: 'x64', glibc: '2.9' }, 'missing'],
  [{ platform: 'linux', arch: 'x64', glibc: undefined }, 'missing'],
  [{ platform: 'linux', arch: 'arm64', glibc: '2.39' }, 'missing'],
  [{ platform: 'darwin', arch: 'x64', glibc: undefined }, 'missing'],
])('on %j the packages are %s', (machine, status) => {
  const check = checkPlatform('cpu', machine);
  expect(check.status).toBe(status);
  expect(check.cure ?? 'container').toContain('container');
});

it('measures the disk of a cache folder that is not there yet', async () => {
  expect((await checkDisk('/tmp/not/there/yet')).found).toMatch(/^[\d.]+ GB free at \/tmp\/not\/there\/yet$/);
});

it('warns of little memory and of a single core', () => {
  expect(checkMemory(2e9)).toMatchObject({ status: 'warning', found: '2.0 GB' });
  expect(checkMemory(16e9).status).toBe('ok');
  expect(checkCores(1).status).toBe('warning');
});
