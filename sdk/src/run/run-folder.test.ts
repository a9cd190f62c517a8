import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRunFolder, openRunForReading } from './run-folder.ts';
import { testFolder, testRun } from './test-run.ts';

describe('openRunFolder', () => {
  it('keeps part numbers and notes for ever', async () => {
    const runs = await testFolder();
    {
      await using run = await openRunFolder({ runs, name: 'demo', recipe: 'seed: 1\n' });
      expect(await Promise.all(['b', 'a', 'b', '__proto__'].map((shard) => run.partNumber(shard)))).toEqual([
        0, 1, 0, 2,
      ]);
      expect(await run.remember('prompt', 'one')).toBe('one');
      expect(await run.remember('prompt', 'two')).toBe('one');
      expect(await run.remember('other', 'one')).toBe('one');
      expect(await run.remember('other', 'two', { replace: true })).toBe('two');
    }
    await using again = await openRunFolder({ runs, name: 'demo', recipe: 'seed: 2\n' });
    expect(await again.partNumber('0')).toBe(3);
    expect(await again.partNumber('a')).toBe(1);
    expect(await again.remember('prompt', 'three')).toBe('one');
    expect(await again.remember('other', 'three')).toBe('two');
    expect(again.shards).toEqual(['b', 'a', '__proto__', '0']);
    expect(await readFile(join(again.folder, 'recipe.resolved.yaml'), 'utf8')).toBe('seed: 2\n');
  });

  it('has a part number on disk before it gives it away', async () => {
    const run = await testRun();
    await run.partNumber('first');
    expect((await openRunForReading(run.folder)).shards).toEqual(['first']);
  });

  it('throws away temporary files of a host that works no more', async () => {
    const runs = await testFolder();
    await (await openRunFolder({ runs, name: 'demo', recipe: '' }))[Symbol.asyncDispose]();
    const [entry = ''] = (await readFile(join(runs, 'demo/journal/000001.json'), 'utf8')).split('\n');
    const { host } = JSON.parse(entry) as { host: string };
    await mkdir(join(runs, 'demo/_tmp', host), { recursive: true });
    await writeFile(join(runs, 'demo/_tmp', host, 'half'), 'x');
    await using run = await openRunFolder({ runs, name: 'demo', recipe: '' });
    expect(await run.store.list('_tmp')).toEqual([run.host]);
  });

  it('writes one line per event and never glues one to a torn line', async () => {
    const runs = await testFolder();
    {
      await using run = await openRunFolder({ runs, name: 'demo', recipe: '' });
      await run.recordEvent({ type: 'stage-started', stage: 'recycle', tokens: 12345678901234567890n });
    }
    await appendFile(join(runs, 'demo/events.jsonl'), '{"type":"to');
    await using run = await openRunFolder({ runs, name: 'demo', recipe: '' });
    await run.recordEvent({ type: 'resumed' });
    const lines = (await readFile(join(runs, 'demo/events.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^\{"at":"\d{4}-.*Z","host":".+","type":"stage-started","stage":"recycle","tokens":12345678901234567890\}$/,
    );
    expect(lines[1]).toBe('{"type":"to');
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ type: 'resumed' });
  });

  it('refuses a run of a newer release without touching it', async () => {
    const runs = await testFolder();
    await (await openRunFolder({ runs, name: 'demo', recipe: 'old' }))[Symbol.asyncDispose]();
    await writeFile(join(runs, 'demo/run.json'), '{"format":2,"parts":{}}');
    const opening = openRunFolder({ runs, name: 'demo', recipe: 'new' });
    await expect(opening).rejects.toMatchObject({ code: 'REPRO_NEWER_RUN_FORMAT', found: 2, supported: 1 });
    expect(await readFile(join(runs, 'demo/recipe.resolved.yaml'), 'utf8')).toBe('old');
  });

  it.each(['', '{"format":1', '{"format":1,"name":"demo"}'])('refuses a run.json that holds %j', async (text) => {
    const runs = await testFolder();
    await (await openRunFolder({ runs, name: 'demo', recipe: '' }))[Symbol.asyncDispose]();
    await writeFile(join(runs, 'demo/run.json'), text);
    await expect(openRunForReading(join(runs, 'demo'))).rejects.toMatchObject({ code: 'REPRO_DAMAGED_RUN' });
  });

  it('aborts its signal with the caller', async () => {
    const stop = new AbortController();
    await using run = await openRunFolder({
      runs: await testFolder(),
      name: 'demo',
      recipe: '',
      abortSignal: stop.signal,
    });
    stop.abort(new Error('enough'));
    expect(run.abortSignal.reason).toMatchObject({ message: 'enough' });
  });
});

describe('openRunForReading', () => {
  it('reads a run that somebody owns', async () => {
    const run = await testRun();
    await run.remember('key', 'value');
    const reader = await openRunForReading(run.folder);
    expect(reader.name).toBe('demo');
    expect(reader.notes.get('key')).toBe('value');
  });

  it('says that a folder is no run', async () => {
    const folder = await testFolder();
    await expect(openRunForReading(folder)).rejects.toMatchObject({ code: 'REPRO_RUN_NOT_FOUND', folder });
  });
});
