import { hash } from 'node:crypto';
import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { expectWhole, repro, slowProject, startRun } from './project.ts';

// A run of the command line whose worker works well until something breaks for good.

/** Ends its process at the first page of a shard while `fault` lies beside it, and from then on whenever it is imported. */
const dyingHandler = `
import os, pathlib, signal

from repro_worker import HandlerContext, Message, handler

fault = pathlib.Path(__file__).with_name("fault")


class Ids(Message):
    ids: list[str]


def die() -> None:
    print("no such driver", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if fault.exists() and fault.read_text() == "begun":
    die()


@handler("score")
def score(request: Ids, context: HandlerContext) -> list[float]:
    if fault.exists() and any(id.startswith("2-") for id in request.ids):
        fault.write_text("begun")
        die()
    return [0.5 for _ in request.ids]
`;

const dyingReward = {
  entry: '{ use: ./dying.mjs, weight: 1 }',
  files: {
    'dying.py': dyingHandler,
    'dying.mjs': `
import { z } from 'zod';

export const dyingReward = {
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'dying',
  configSchema: z.strictObject({}),
  range: [0, 1],
  reads: 'text',
  handler: { file: new URL('./dying.py', import.meta.url) },
  async doScore(samples, { worker, abortSignal }) {
    const ids = samples.map(({ id }) => id);
    const values = await worker.call('score', { ids }, { output: z.array(z.number()), abortSignal });
    return values.map((value) => ({ outcome: 'scored', value }));
  },
};
`,
  },
};

/** Every file of the parts that count, with its content and when it was written. */
async function finishedFiles(folder: string): Promise<Readonly<Record<string, string>>> {
  const run = join(folder, 'runs/slow');
  const found: Record<string, string> = {};
  for (const stage of ['recycle', 'score']) {
    const names = await readdir(join(run, stage)).catch(() => []);
    const parts = names.filter((name) => name.endsWith('.ok.json')).map((name) => name.replace(/ok\.json$/, ''));
    for (const name of names.filter((candidate) => parts.some((part) => candidate.startsWith(part)))) {
      const path = join(run, stage, name);
      found[`${stage}/${name}`] = `${hash('sha256', await readFile(path))} ${(await stat(path)).mtimeMs}`;
    }
  }
  return found;
}

it('W01: a worker that dies whenever it starts is given up with exit 7; finished shards stay, and without the fault the same command ends the run', async () => {
  const folder = await slowProject(dyingReward);
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  await writeFile(join(folder, 'fault'), 'from shard 2 on');
  const { exitCode, stderr } = await startRun(folder);
  expect(exitCode, stderr).toBe(7);
  expect(stderr).toContain('REPRO_WORKER_LOST');
  expect(stderr).toContain('no such driver');

  const finished = await finishedFiles(folder);
  expect(Object.keys(finished)).toContain('recycle/part-00000.ok.json');
  expect(Object.keys(finished)).not.toContain('recycle/part-00003.ok.json');
  expect(await repro(folder, 'verify', 'runs/slow')).toMatchObject({ exitCode: 0 });
  // Given up again, and nothing is lost by it.
  expect(await startRun(folder)).toMatchObject({ exitCode: 7 });
  expect(await finishedFiles(folder)).toMatchObject(finished);

  await rm(join(folder, 'fault'));
  expect(await startRun(folder)).toMatchObject({ exitCode: 0 });
  expect(await finishedFiles(folder)).toMatchObject(finished);
  await expectWhole(folder);
});
