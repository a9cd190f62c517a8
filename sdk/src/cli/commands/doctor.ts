import { styleText } from 'node:util';
import type { SystemCheck } from '../../environment/system-check.ts';
import { SystemIncompleteError } from '../../errors/system-incomplete.ts';
import { ReproCommand } from '../repro-command.ts';

export default class Doctor extends ReproCommand {
  static override summary = 'Look at everything a run needs, and say what cures what is missing.';
  static override enableJsonFlag = true;

  async run(): Promise<readonly SystemCheck[]> {
    await this.parse(Doctor);
    const { examineSystem } = await import('../../environment/examine-system.ts');
    const checks = await examineSystem({ onCheck: (check) => this.log(lineOf(check)) });
    if (checks.some(({ status }) => status === 'missing')) {
      throw new SystemIncompleteError({ checks });
    }
    return checks;
  }
}

function lineOf({ name, status, found, expected, cure }: SystemCheck): string {
  const color = { ok: 'green', warning: 'yellow', missing: 'red' } as const;
  const wanted = status === 'ok' ? '' : ` (expected ${expected})`;
  const next = status === 'ok' || !cure ? '' : `\n          ${cure}`;
  return `${styleText(color[status], status.padEnd(8))}  ${name}: ${found}${wanted}${next}`;
}
