import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openSession, queryRun, readRecords, type Session, verifyRun } from '@repro/sdk';
import { onTestFinished } from 'vitest';

/** For a case that must hold in every stage: a filter that keeps all. */
export const everyStage = { rewards: [{ use: 'length' }], score: {}, filter: { by: 'length', keep: { atLeast: 0 } } };

/** A project folder with these files; a recipe of its own, as a person would write it, is added. */
export async function openProject(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = await mkdtemp(join(tmpdir(), 'repro-case-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  };
  for (const [name, content] of Object.entries(files)) {
    await write(name, content);
  }
  const run = join(folder, 'runs/case');
  return {
    folder,
    write,
    run,
    open: (recipe: object = {}): Promise<Session> =>
      openSession(
        {
          name: 'case',
          dataset: { use: 'jsonl', path: join(folder, 'pages/**/*.*'), id: 'id' },
          rephraser: { use: 'identity' },
          recycle: {},
          ...recipe,
        } as Parameters<typeof openSession>[0],
        { runs: join(folder, 'runs') },
      ),
    records: async (session: Session) => Array.fromAsync(readRecords(session, 'recycle')),
    kept: async (session: Session) => Array.fromAsync(readRecords(session, 'filter')),
    verify: () => verifyRun(run),
    query: async (sql: string) => (await queryRun(run, sql)).rows,
  };
}
