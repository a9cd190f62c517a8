import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPosixStore } from './posix-store.ts';
import { testFolder } from './test-run.ts';

describe('openPosixStore', () => {
  it('writes a file whole, in folders it makes itself, and leaves nothing else behind', async () => {
    const folder = await testFolder();
    const store = openPosixStore(join(folder, 'run'));
    await store.write('a/b/file.txt', 'one');
    await store.write('a/b/file.txt', 'two');
    expect((await store.read('a/b/file.txt'))?.toString()).toBe('two');
    expect(await store.size('a/b/file.txt')).toBe(3);
    expect(await readdir(join(folder, 'run/_tmp'))).toEqual([]);
  });

  it('says undefined, empty or nothing of what is not there', async () => {
    const store = openPosixStore(await testFolder());
    expect(await store.read('none')).toBeUndefined();
    expect(await store.size('none/at/all')).toBeUndefined();
    expect(await store.list('none')).toEqual([]);
    await store.remove('none/at/all');
  });

  it('lets one of many create a file, with its content already in it', async () => {
    const store = openPosixStore(await testFolder());
    const tries = Array.from({ length: 20 }, (_, index) => store.createExclusively('only', `from ${index}`));
    const won = (await Promise.all(tries))
      .map((success, index) => (success ? index : -1))
      .filter((index) => index >= 0);
    expect(won).toHaveLength(1);
    expect((await store.read('only'))?.toString()).toBe(`from ${won[0]}`);
  });

  it('removes a staged file that was not published', async () => {
    const store = openPosixStore(await testFolder());
    {
      await using staged = await store.stage('x');
      await staged.write('half');
    }
    expect(await store.list('_tmp')).toEqual([]);
  });

  it('seals what another writer put into a staged file', async () => {
    const store = openPosixStore(await testFolder());
    await using staged = await store.stage('x');
    await staged.write('abc');
    expect(await staged.seal()).toEqual({
      bytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    await staged.publish('deep/x');
    expect(await readFile(join(store.root, 'deep/x'), 'utf8')).toBe('abc');
  });

  it('appends concurrent pieces one after another and says where each begins', async () => {
    const store = openPosixStore(await testFolder());
    await using file = await store.openAppend('log');
    const pieces = Array.from({ length: 50 }, (_, index) => `piece ${index};`);
    const offsets = await Promise.all(pieces.map((piece) => file.append(piece)));
    for (const [index, piece] of pieces.entries()) {
      expect((await file.readRange(offsets[index] ?? -1, piece.length)).toString()).toBe(piece);
    }
    expect(await store.size('log')).toBe(file.bytes);
  });

  it('refuses to read past the end', async () => {
    const store = openPosixStore(await testFolder());
    await store.write('short', '12345');
    expect((await store.readRange('short', 2, 3)).toString()).toBe('345');
    await expect(store.readRange('short', 2, 4)).rejects.toThrow('short ends at byte 5');
  });

  it('streams a beginning of any length', async () => {
    const store = openPosixStore(await testFolder());
    await store.write('file', '12345');
    for (const bytes of [0, 1, 5, undefined]) {
      const chunks = await Array.fromAsync(store.stream('file', bytes));
      expect(Buffer.concat(chunks).toString()).toBe('12345'.slice(0, bytes));
    }
  });
});
