import { commitPart } from './commit-part.ts';
import { openPartLog } from './part-log.ts';
import { readCommit } from './read-commit.ts';
import { decodePartEntry, encodePartEntry } from './rows.ts';
import { openRunFolder } from './run-folder.ts';
import { entryOfLine, recycledContent, scoredContent, scoredEntry } from './test-entries.ts';

/** The program that the crash tests kill: recycles and scores its shards, and continues where it was killed. */
const lines = Array.from({ length: 20 }, (_, index) => index + 1);
const [runs = '', ...shards] = process.argv.slice(2);

await using run = await openRunFolder({ runs, name: 'demo', recipe: 'version: 1\n' });
process.stdout.write('open\n');
for (const shard of shards) {
  const part = await run.partNumber(shard);
  if ((await readCommit(run, 'recycle', part)).state !== 'committed') {
    await using log = await openPartLog(run, 'recycle', part, { stageKey: 'key-1', input: shard });
    for (const line of lines.filter((candidate) => !log.has(candidate))) {
      await log.append(line, encodePartEntry(entryOfLine(shard, line)));
    }
    const entries = await Promise.all(log.lines().map(async (line) => decodePartEntry(await log.read(line))));
    await commitPart(run, 'recycle', part, recycledContent(shard, entries));
  }
  if ((await readCommit(run, 'score', part)).state !== 'committed') {
    const scored = lines.filter((line) => entryOfLine(shard, line).document?.outcome === 'written');
    await commitPart(
      run,
      'score',
      part,
      scoredContent(
        shard,
        scored.map((line) => scoredEntry(shard, line)),
      ),
    );
  }
  await run.recordEvent({ type: 'part-done', shard });
}
