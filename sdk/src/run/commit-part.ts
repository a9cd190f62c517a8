import { stringifyJson } from '../contract/json-text.ts';
import { ConservationError } from '../errors/conservation.ts';
import { type Decision, partKey } from './journal.ts';
import { openParquetRecordsWriter } from './parquet-records-writer.ts';
import { commitFormat, type PartCommit, type PartOutput, partFile, partName } from './part-commit.ts';
import { openPartTables, type PartTables, type TableName, tableColumns } from './part-tables.ts';
import { publishCommit, removeCommit } from './publish-commit.ts';
import { openRecordsWriter, type RecordsWriter } from './records-writer.ts';
import type { PartEntry } from './rows.ts';
import type { RunFolder } from './run-folder.ts';
import type { StagedFile } from './store.ts';
import { tallyPart } from './tally-part.ts';

export interface PartContent {
  readonly shard: string;
  readonly stageKey: string;
  readonly input: { readonly version: string; readonly sha256: string };
  /** Which files the stage makes. recycle: all but scores and filter; score: scores; filter: records and filter. */
  readonly outputs: readonly PartOutput[];
  /** How many records the stage read from its input, bad ones included: there is one entry for each. */
  readonly recordsIn: number;
  readonly versions: Readonly<Record<string, string>>;
  /** In source order. Asked for again when they have changed. */
  readonly entries: () => AsyncIterable<PartEntry> | Iterable<PartEntry>;
  /** The decision that this one is to take the place of, as it stood when the work began. */
  readonly replaces?: Decision | undefined;
  /**
   * Whether what other hosts have decided makes other entries of these; `isNewest` when all of that is known, at the
   * moment of the decision.
   */
  readonly entriesHaveChanged?: (options: { readonly isNewest: boolean }) => Promise<boolean>;
}

/**
 * Writes all files of a part, checks that its counts add up, and makes it exist: once the journal has it, it stands,
 * whatever happens to this process. Where another host was first with the same part, that one stands and comes back.
 */
export async function commitPart(
  run: RunFolder,
  stage: string,
  part: number,
  content: PartContent,
): Promise<PartCommit> {
  const standing = () => run.journal.state.standing.get(partKey(stage, part));
  for (;;) {
    await using staged = await stagePart(run, stage, part, content);
    // Most of what there is to learn, while other decisions need not wait.
    if (await content.entriesHaveChanged?.({ isNewest: false })) {
      continue;
    }
    let own: number | undefined;
    await run.journal.decide(async ({ entries, decisions }) => {
      own = undefined;
      if (standing() !== content.replaces || (await content.entriesHaveChanged?.({ isNewest: true }))) {
        return undefined;
      }
      staged.handOver();
      own = entries + 1;
      const wasThere = decisions.some(({ commit }) => commit.stage === stage && commit.part === part);
      const { commit, paths } = staged.named(wasThere ? own : undefined);
      return { type: 'commit', host: run.host, commit, staged: paths };
    });
    const decided = standing();
    if (decided?.entry !== own) {
      staged.takeBack();
    }
    if (decided !== undefined && decided !== content.replaces) {
      await publishCommit(run.store, decided);
      if (decided.entry === own && content.replaces !== undefined) {
        await removeCommit(run.store, content.replaces);
      }
      return decided.commit;
    }
  }
}

/** The files of a part that have no name yet. Disposing removes them, unless they were handed over. */
interface StagedPart extends AsyncDisposable {
  /** The commit of these files under the names of a revision, and where they lie until they have them. */
  named(revision: number | undefined): { readonly commit: PartCommit; readonly paths: Record<string, string> };
  handOver(): void;
  takeBack(): void;
}

async function stagePart(run: RunFolder, stage: string, part: number, content: PartContent): Promise<StagedPart> {
  const { outputs } = content;
  await using work = new AsyncDisposableStack();
  const stageFile = async (output: PartOutput) => work.use(await run.store.stage(`${partName(part)}.${output}`));

  const recordsFile = await stageFile('records');
  const quarantineFile = await stageFile('quarantine');
  const database = work.use(await run.store.stage(`${partName(part)}.duckdb`));
  const tableNames = outputs.filter((output) => isTable(output));
  const tables = work.use(await openPartTables(database.localPath, tableNames));
  const recordsOutput = outputs.find((output) => output === 'records' || output === 'record_rows');
  const records =
    recordsOutput === 'record_rows' ? openParquetRecordsWriter(recordsFile) : openRecordsWriter(recordsFile);

  const tally = tallyPart(outputs);
  for await (const entry of content.entries()) {
    tally.add(entry);
    await writeEntry(entry, { outputs, tables, records, quarantineFile });
  }
  const { counts, problems } = tally.finish(content.recordsIn);
  const duplicates = await findDuplicates(tables, tableNames);
  if (problems.length + duplicates.length > 0) {
    throw new ConservationError({ part: `${stage}/${partName(part)}`, problems: [...problems, ...duplicates] });
  }

  const staged = new Map<PartOutput, StagedFile>();
  for (const table of tableNames) {
    const file = await stageFile(table);
    await tables.writeParquet(table, file.localPath);
    staged.set(table, file);
  }
  const layout = recordsOutput ? await records.finish() : { frames: [], longestLineBytes: 0 };
  if (recordsOutput) {
    staged.set(recordsOutput, recordsFile);
  }
  if (counts.documents.quarantined > 0) {
    staged.set('quarantine', quarantineFile);
  }
  const sealed: { readonly output: PartOutput; readonly path: string; readonly bytes: number; sha256: string }[] = [];
  for (const [output, file] of staged) {
    sealed.push({ output, path: file.path, ...(await file.seal()) });
  }

  const owned = work.move();
  return {
    named(revision) {
      const nameOf = (output: PartOutput) => partFile(stage, part, output, revision);
      const commit: PartCommit = {
        format: commitFormat,
        stage,
        part,
        ...(revision !== undefined && { revision }),
        shard: content.shard,
        stageKey: content.stageKey,
        input: content.input,
        counts,
        files: sealed.map(({ output, bytes, sha256 }) => ({ name: nameOf(output), bytes, sha256 })),
        ...layout,
        versions: { ...content.versions },
        host: run.owner,
        committedAt: new Date().toISOString(),
      };
      return { commit, paths: Object.fromEntries(sealed.map(({ output, path }) => [nameOf(output), path])) };
    },
    handOver() {
      for (const file of staged.values()) {
        file.handOver();
      }
    },
    takeBack() {
      for (const file of staged.values()) {
        file.takeBack();
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function writeEntry(
  entry: PartEntry,
  {
    outputs,
    tables,
    records,
    quarantineFile,
  }: { outputs: readonly PartOutput[]; tables: PartTables; records: RecordsWriter; quarantineFile: StagedFile },
): Promise<void> {
  // What the stage does not make has been noted by the tally, which stops the commit.
  if (outputs.includes('documents') && entry.document !== undefined) {
    tables.append('documents', entry.document);
  }
  for (const row of outputs.includes('ledger') ? (entry.ledger ?? []) : []) {
    tables.append('ledger', row);
  }
  for (const row of outputs.includes('scores') ? (entry.scores ?? []) : []) {
    tables.append('scores', row);
  }
  if (outputs.includes('filter') && entry.filter !== undefined) {
    tables.append('filter', entry.filter);
  }
  for (const line of entry.records ?? []) {
    await records.add(line);
  }
  for (const row of entry.quarantine ?? []) {
    await quarantineFile.write(`${stringifyJson(row)}\n`);
  }
}

async function findDuplicates(tables: PartTables, names: readonly TableName[]): Promise<readonly string[]> {
  const keys = {
    documents: ['document_id'],
    ledger: ['document_id', 'passage'],
    scores: ['record_id', 'reward'],
    filter: ['record_id'],
  } as const satisfies Record<TableName, readonly string[]>;
  const problems: string[] = [];
  for (const name of names) {
    const found = await tables.findDuplicates(name, keys[name]);
    problems.push(...found.map((key) => `${name}: ${keys[name].join(', ')} ${key} occurs twice`));
  }
  return problems;
}

function isTable(output: PartOutput): output is TableName {
  return Object.hasOwn(tableColumns, output);
}
