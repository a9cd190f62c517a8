import { stringifyJson } from '../contract/json-text.ts';
import { ConservationError } from '../errors/conservation.ts';
import { commitFormat, type PartCommit, type PartOutput, partFile, partName } from './part-commit.ts';
import { listPartLogs } from './part-log.ts';
import { openPartTables, type PartTables, type TableName, tableColumns } from './part-tables.ts';
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
  /** In source order, read once. */
  readonly entries: AsyncIterable<PartEntry> | Iterable<PartEntry>;
}

/** Writes all files of a part, checks that its counts add up, and makes it exist by writing its ok.json last. */
export async function commitPart(
  run: RunFolder,
  stage: string,
  part: number,
  content: PartContent,
): Promise<PartCommit> {
  const { outputs } = content;
  await run.lease.check();
  await using work = new AsyncDisposableStack();
  const stageFile = async (output: PartOutput) => work.use(await run.store.stage(`${partName(part)}.${output}`));

  const recordsFile = await stageFile('records');
  const quarantineFile = await stageFile('quarantine');
  const database = work.use(await run.store.stage(`${partName(part)}.duckdb`));
  const tableNames = outputs.filter((output) => isTable(output));
  const tables = work.use(await openPartTables(database.localPath, tableNames));
  const records = openRecordsWriter(recordsFile);

  const tally = tallyPart(outputs);
  for await (const entry of content.entries) {
    tally.add(entry);
    await writeEntry(entry, { outputs, tables, records, quarantineFile });
  }
  const { counts, problems } = tally.finish(content.recordsIn);
  const duplicates = await findDuplicates(tables, tableNames);
  if (problems.length + duplicates.length > 0) {
    throw new ConservationError({ part: `${stage}/${partName(part)}`, problems: [...problems, ...duplicates] });
  }

  const staged = new Map<string, StagedFile>();
  for (const table of tableNames) {
    const file = await stageFile(table);
    await tables.writeParquet(table, file.localPath);
    staged.set(partFile(stage, part, table), file);
  }
  const layout = outputs.includes('records') ? await records.finish() : { frames: [], longestLineBytes: 0 };
  if (outputs.includes('records')) {
    staged.set(partFile(stage, part, 'records'), recordsFile);
  }
  if (counts.documents.quarantined > 0) {
    staged.set(partFile(stage, part, 'quarantine'), quarantineFile);
  }
  const files: PartCommit['files'] = [];
  for (const [name, file] of staged) {
    files.push({ name, ...(await file.seal()) });
  }

  const commit: PartCommit = {
    format: commitFormat,
    stage,
    part,
    shard: content.shard,
    stageKey: content.stageKey,
    input: content.input,
    counts,
    files,
    ...layout,
    versions: { ...content.versions },
    lease: { generation: run.lease.generation, owner: run.lease.owner },
    committedAt: new Date().toISOString(),
  };
  await publish(run, commit, staged);
  return commit;
}

/** An earlier commit of the part ends here; from now on it is absent until the new ok.json stands. */
async function publish(run: RunFolder, commit: PartCommit, staged: ReadonlyMap<string, StagedFile>): Promise<void> {
  const { stage, part } = commit;
  const ok = partFile(stage, part, 'commit');
  await run.lease.check();
  await run.store.remove(ok);
  await run.store.remove(partFile(stage, part, 'quarantine'));
  for (const [name, file] of staged) {
    await file.publish(name);
  }
  await run.lease.check();
  await run.store.write(ok, `${JSON.stringify(commit, null, 2)}\n`);
  for (const log of await listPartLogs(run.store, stage, part)) {
    await run.store.remove(log);
  }
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
