import { Args } from '@oclif/core';
import Table from 'cli-table3';
import { stringifyJson } from '../../contract/json-text.ts';
import type { QueryResult } from '../../run/query-run.ts';
import { ReproCommand } from '../repro-command.ts';
import { showControls } from '../show-controls.ts';

/** Rows that a terminal shows; `--json` gives all. */
const mostRows = 200;

export default class Query extends ReproCommand {
  static override summary =
    'Ask a run with SQL. Views: ledger, documents, records, scores, filter, quarantine, rollouts, held_out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/quickstart "select outcome, count(*) from ledger group by 1"',
    '<%= config.bin %> <%= command.id %> runs/quickstart "select document_id, facts from documents order by facts limit 5"',
  ];
  static override enableJsonFlag = true;
  static override args = {
    run: Args.string({ description: 'Run folder.', required: true }),
    sql: Args.string({ description: 'One SELECT.', required: true }),
  };

  async run(): Promise<QueryResult> {
    const { args } = await this.parse(Query);
    const { queryRun } = await import('../../run/query-run.ts');
    const result = await queryRun(args.run, args.sql);
    const table = new Table({
      head: result.columns.map(({ name }) => showControls(name)),
      style: { head: [], border: [], compact: true },
    });
    for (const row of result.rows.slice(0, mostRows)) {
      table.push(row.map((value) => showControls(typeof value === 'string' ? value : stringifyJson(value))));
    }
    this.log(table.toString());
    if (result.rows.length > mostRows) {
      this.log(`${result.rows.length - mostRows} more rows; --json gives all.`);
    }
    return result;
  }
}
