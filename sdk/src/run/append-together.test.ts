import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendTogether } from './append-together.ts';
import type { AppendFile } from './store.ts';
import { testRun } from './test-run.ts';

it('writes in order, each where it says, and what comes meanwhile in one go', async () => {
  const run = await testRun();
  await using file = await run.store.openAppend('grown');
  let writes = 0;
  const counting: AppendFile = {
    ...file,
    append: (content) => {
      writes += 1;
      return file.append(content);
    },
  };
  const append = appendTogether(counting);
  const texts = Array.from({ length: 100 }, (_, index) => `text ${index};`);
  const places = await Promise.all(texts.map((text) => append(Buffer.from(text))));
  const content = await readFile(join(run.folder, 'grown'), 'utf8');
  expect(content).toBe(texts.join(''));
  expect(places).toEqual(texts.map((_, index) => texts.slice(0, index).join('').length));
  expect(writes).toBe(1);
});

it('tells everybody whose bytes were not written, and goes on with those that come later', async () => {
  const run = await testRun();
  await using file = await run.store.openAppend('grown');
  let fails = true;
  const append = appendTogether({
    ...file,
    append: async (content) => {
      if (fails) {
        throw new Error('no room');
      }
      return await file.append(content);
    },
  });
  const ends = await Promise.allSettled(['a', 'b'].map((text) => append(Buffer.from(text))));
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await append(Buffer.from('c'))).toBe(0);
  expect(await readFile(join(run.folder, 'grown'), 'utf8')).toBe('c');
});
