import type { FilterStage } from '../recipe/recipe-schema.ts';
import type { PartCounts } from '../run/part-commit.ts';
import type { RunReader } from '../run/run-folder.ts';
import type { FilterCut } from './filter-cut.ts';
import { readCommits } from './recycle-summary.ts';

/** What `filter` has in its run, over all committed parts; `--json` prints it. */
export interface FilterSummary extends FilterStage {
  readonly run: string;
  readonly parts: number;
  /** in = kept + below + unscored. */
  readonly records: PartCounts['filter'];
  /** The lowest value that is kept; null when nothing is. */
  readonly from: number | null;
}

export async function summarizeFilter(
  run: RunReader,
  stage: FilterStage,
  cut: FilterCut | undefined,
): Promise<FilterSummary> {
  const commits = await readCommits(run, 'filter');
  const records = { in: 0, kept: 0, below: 0, unscored: 0 };
  for (const { counts } of commits) {
    records.in += counts.filter.in;
    records.kept += counts.filter.kept;
    records.below += counts.filter.below;
    records.unscored += counts.filter.unscored;
  }
  return { run: run.folder, ...stage, parts: commits.length, records, from: cut?.value ?? null };
}
