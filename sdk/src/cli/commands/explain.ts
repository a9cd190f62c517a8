import { Args } from '@oclif/core';
import Table from 'cli-table3';
import { type ErrorPage, explainedCodes, readErrorPage } from '../error-pages.ts';
import { ReproCommand } from '../repro-command.ts';

export default class Explain extends ReproCommand {
  static override summary = 'Say what an error code means, what causes it and what to do; without one, list all.';
  static override examples = ['<%= config.bin %> <%= command.id %> REPRO_EXISTING_OUTPUT'];
  static override enableJsonFlag = true;
  static override args = { code: Args.string({ description: 'Code of an error, with or without REPRO_.' }) };

  async run(): Promise<ErrorPage | readonly ErrorPage[]> {
    const { args } = await this.parse(Explain);
    if (args.code !== undefined) {
      const page = readErrorPage(args.code);
      this.log(`${page.code} (exit code ${page.exit})\n\n${page.text}`);
      return page;
    }
    const pages = explainedCodes().map(readErrorPage);
    const table = new Table({
      head: ['code', 'exit', 'meaning'],
      style: { head: [], border: [], compact: true },
      colWidths: [null, null, 80],
      wordWrap: true,
    });
    table.push(...pages.map(({ code, exit, summary }) => [code, exit, summary]));
    this.log(table.toString());
    return pages;
  }
}
