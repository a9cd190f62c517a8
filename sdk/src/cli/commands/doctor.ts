import type { SystemCheck } from '../../environment/system-check.ts';
import { SystemIncompleteError } from '../../errors/system-incomplete.ts';
import { ReproCommand } from '../repro-command.ts';

export default class Doctor extends ReproCommand {
  static override summary = 'Look at everything a run needs, and say what cures what is missing.';
  static override enableJsonFlag = true;

  async run(): Promise<readonly SystemCheck[]> {
    await this.parse(Doctor);
    const { examineSystem } = await import('../../environment/examine-system.ts');
    const checks = await examineSystem({
      onCheck: (check) => this.logStatus(color[check.status], check.status.padEnd(8), describe(check)),
    });
    if (checks.some(({ status }) => status === 'missing')) {
      throw new SystemIncompleteError({ checks });
    }
    return checks;
  }
}

const color = { ok: 'green', warning: 'yellow', missing: 'red' } as const;

function describe({ name, status, found, expected, cure }: SystemCheck): string {
  const wanted = status === 'ok' ? '' : ` (expected ${expected})`;
  const next = status === 'ok' || !cure ? '' : `\n          ${cure}`;
  return `  ${name}: ${found}${wanted}${next}`;
}
