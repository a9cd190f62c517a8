import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPartLog } from './part-log.ts';
import type { RunFolder } from './run-folder.ts';
import { testRun } from './test-run.ts';

const header = { stageKey: 'key', input: 'a' };

describe('openPartLog', () => {
  it('gives back what was appended, also after it was opened again', async () => {
    const run = await testRun();
    {
      await using log = await openPartLog(run, 'recycle', 0, header);
      await Promise.all([5, 2, 9].map((line) => log.append(line, `payload ${line} é \u0000 😀`)));
      expect(await log.read(9)).toBe('payload 9 é \u0000 😀');
    }
    await using again = await openPartLog(run, 'recycle', 0, header);
    expect(again.lines()).toEqual([2, 5, 9]);
    expect([again.has(5), again.has(4), again.discarded]).toEqual([true, false, 0]);
    await again.append(4, '');
    expect(await Promise.all(again.lines().map((line) => again.read(line)))).toEqual([
      'payload 2 é \u0000 😀',
      '',
      'payload 5 é \u0000 😀',
      'payload 9 é \u0000 😀',
    ]);
  });

  it('keeps the work of another key aside, counts it, and finds it again', async () => {
    const run = await testRun();
    await fill(run, header, { 1: 'one', 2: 'two' });
    {
      await using other = await openPartLog(run, 'recycle', 0, { ...header, stageKey: 'changed' });
      expect([other.discarded, other.lines()]).toEqual([2, []]);
    }
    {
      await using other = await openPartLog(run, 'recycle', 0, { ...header, input: 'b' });
      expect([other.discarded, other.lines()]).toEqual([2, []]);
    }
    await using back = await openPartLog(run, 'recycle', 0, header);
    expect([back.discarded, back.lines()]).toEqual([0, [1, 2]]);
  });

  it('refuses a line twice', async () => {
    await using log = await openPartLog(await testRun(), 'recycle', 0, header);
    await log.append(1, 'x');
    await expect(log.append(1, 'y')).rejects.toThrow('already has line 1');
  });

  it('leaves an owner that was only paused writing into a file that nobody reads', async () => {
    const run = await testRun();
    await using paused = await openPartLog(run, 'recycle', 0, header);
    await paused.append(1, 'one');
    await using next = await openPartLog(run, 'recycle', 0, header);
    await paused.append(2, 'from the grave');
    await next.append(3, 'three');
    await using last = await openPartLog(run, 'recycle', 0, header);
    expect(last.lines()).toEqual([1, 3]);
    expect(await next.read(3)).toBe('three');
  });

  it('cut at any byte, keeps exactly the whole records before the cut', async () => {
    const run = await testRun();
    const payloads = ['', 'one', '€€', '{"a":1}'];
    await fill(run, header, payloads);
    const { path, bytes } = await logFile(run);
    const ends = payloads.map((_, line) => bytes.length - tailBytes(payloads, line));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      await writeFile(path, bytes.subarray(0, cut));
      await using log = await openPartLog(run, 'recycle', 0, header);
      const whole = payloads.filter((_, line) => (ends[line] ?? 0) <= cut);
      expect(log.lines()).toEqual(whole.map((_, line) => line));
      expect(await Promise.all(log.lines().map((line) => log.read(line)))).toEqual(whole);
    }
  });

  it('never gives back anything but what was written, whatever bytes are flipped', async () => {
    const run = await testRun();
    const payloads = ['alpha', '', 'gamma gamma', 'delta'];
    await fill(run, header, payloads);
    const { path, bytes } = await logFile(run);
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(flips, fc.boolean(), async (changes, whileOpen) => {
        const changed = Buffer.from(bytes);
        for (const [at, mask] of changes) {
          changed[at] = (changed[at] ?? 0) ^ mask;
        }
        await writeFile(path, whileOpen ? bytes : changed);
        await using log = await openPartLog(run, 'recycle', 0, header);
        if (whileOpen) {
          await writeFile(path, changed);
        }
        for (const line of log.lines()) {
          const read = await log.read(line).catch((error: { code?: string }) => error.code);
          expect([payloads[line], 'REPRO_DAMAGED_PART']).toContain(read);
        }
      }),
      { numRuns: 60 },
    );
  });
});

async function fill(run: RunFolder, key: typeof header, payloads: Readonly<Record<number, string>>): Promise<void> {
  await using log = await openPartLog(run, 'recycle', 0, key);
  for (const [line, payload] of Object.entries(payloads)) {
    await log.append(Number(line), payload);
  }
}

async function logFile(run: RunFolder): Promise<{ path: string; bytes: Buffer }> {
  const [name = ''] = await readdir(join(run.folder, 'recycle'));
  const path = join(run.folder, 'recycle', name);
  return { path, bytes: await readFile(path) };
}

/** Bytes of the records after the one of `line`. */
function tailBytes(payloads: readonly string[], line: number): number {
  return payloads.slice(line + 1).reduce((sum, payload) => sum + 16 + Buffer.byteLength(payload), 0);
}
