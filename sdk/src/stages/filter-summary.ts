import type { FilterStage } from '../recipe/recipe-schema.ts';
import type { PartCounts } from '../run/part-commit.ts';
import type { RunReader } from '../run/run-folder.ts';
import type { FilterCut } from './filter-cut.ts';
import { addCounts, readCommits } from './recycle-summary.ts';

/** What `filter` has in its run, over all committed parts; `--json` prints it. */
export interface FilterSummary extends FilterStage {
  readonly run: string;
  readonly parts: number;
  /** in = kept + below + unscored. */
  readonly records: PartCounts['filter'];
  /** Of kept ones `kept/nothing-rephrased`, of those below `below/too-little-rephrased`; the others have only a value. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The lowest value that is kept; null when nothing is. */
  readonly from: number | null;
}

export async function summarizeFilter(
  run: RunReader,
  stage: FilterStage,
  cut: FilterCut | undefined,
): Promise<FilterSummary> {
  const commits = await readCommits(run, 'filter');
  const { filter: records, reasons } = addCounts(commits.map(({ counts }) => counts));
  return { run: run.folder, ...stage, parts: commits.length, records, reasons, from: cut?.value ?? null };
}
