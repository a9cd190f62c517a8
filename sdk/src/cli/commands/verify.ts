import { Args } from '@oclif/core';
import type { VerifySummary } from '../../run/verify-run.ts';
import { ReproCommand } from '../repro-command.ts';
import { showOnOneLine } from '../show-controls.ts';

export default class Verify extends ReproCommand {
  static override summary = 'Re-hash every committed part of a run and check that its counts add up.';
  static override examples = ['<%= config.bin %> <%= command.id %> runs/quickstart'];
  static override enableJsonFlag = true;
  static override args = { run: Args.string({ description: 'Run folder.', required: true }) };

  async run(): Promise<VerifySummary> {
    const { args } = await this.parse(Verify);
    const { verifyRun } = await import('../../run/verify-run.ts');
    const summary = await verifyRun(args.run);
    const { parts, trainings, documents, records, kept, passages, scores, quarantined, inProgress } = summary;
    this.log(
      `${parts} parts: ${documents} documents, ${passages} passages, ${records} records, ${scores} scores, ${kept} kept by filter, ${quarantined} quarantined${trainings === 0 ? '' : `; ${trainings} trainings`}; all counts add up`,
    );
    if (inProgress.length > 0) {
      this.log(`In progress: ${showOnOneLine(inProgress.join(', '))}`);
    }
    return summary;
  }
}
