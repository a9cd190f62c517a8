import type { Shard } from '../contract/dataset.ts';
import { UnusableTrainingPairsError } from '../errors/unusable-training-pairs.ts';
import type { PartCommit } from '../run/part-commit.ts';
import { readPartRecords } from '../run/read-records.ts';
import { openRunForReading } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import type { TrainPair } from '../training/write-pairs.ts';
import { hashShard } from './hash-shard.ts';
import { readCommits } from './recycle-summary.ts';

/** Pages of the session's dataset beside what another run has made of them. */
export async function* readPairsOfRun(session: Session, folder: string): AsyncGenerator<TrainPair> {
  const { dataset, abortSignal } = session;
  const run = await openRunForReading(folder);
  const commits = await readCommits(run, 'recycle');
  const shards = new Map((await dataset?.listShards(abortSignal))?.map((shard) => [shard.name, shard]));
  refuseOtherPages(session, folder, { commits, shards });
  for (const commit of commits) {
    const shard = shards.get(commit.shard);
    if (dataset === undefined || shard === undefined) {
      continue;
    }
    await refuseChanged(shard, commit, { folder, abortSignal });
    const pages = dataset.readShard(shard, abortSignal)[Symbol.asyncIterator]();
    let page = await pages.next();
    for await (const { id, documentId, text, source, rephrasedShare } of readPartRecords(run, commit)) {
      while (!page.done && page.value.line < source.line) {
        page = await pages.next();
      }
      if (!page.done && page.value.line === source.line && page.value.outcome === 'record') {
        const isWhole = documentId === undefined && rephrasedShare === 1;
        const pair = { id, documentId: documentId ?? id, original: page.value.text, rephrased: text };
        yield isWhole
          ? pair
          : { ...pair, unusable: documentId === undefined ? 'not wholly rephrased' : 'one of several records' };
      }
    }
    await pages.return?.();
  }
}

function refuseOtherPages(
  { emit }: Session,
  source: string,
  { commits, shards }: { readonly commits: readonly PartCommit[]; readonly shards: ReadonlyMap<string, Shard> },
): void {
  const missing = commits.map(({ shard }) => shard).filter((name) => !shards.has(name));
  if (missing.length === 0 && commits.length > 0) {
    return;
  }
  if (missing.length < commits.length) {
    const message = `pairs of ${source}: ${missing.length} of its ${commits.length} shards are not in this dataset, such as ${missing[0]}`;
    emit({ type: 'warning', message });
    return;
  }
  const problem =
    commits.length === 0
      ? 'has no recycled pages'
      : `has recycled other pages: of its ${commits.length} shards none is in this dataset, such as ${missing[0]}`;
  const hint =
    'Expected a run that has recycled pages of the same dataset; `repro query RUN` shows what a run has made.';
  throw new UnusableTrainingPairsError({ source, problem, hint });
}

/** A record names its page by its line, which in another file is another page. */
async function refuseChanged(
  shard: Shard,
  { input }: PartCommit,
  { folder: source, abortSignal }: { readonly folder: string; readonly abortSignal: AbortSignal },
): Promise<void> {
  if (shard.version !== input.version && (await hashShard(shard, abortSignal)) !== input.sha256) {
    const problem = `has recycled another content of shard ${shard.name} than the dataset has now`;
    const hint = 'Name a run over the pages as they are, or put back the file that was recycled.';
    throw new UnusableTrainingPairsError({ source, problem, hint });
  }
}
