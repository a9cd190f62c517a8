import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openSamplePool, python } from './sample-pool.ts';

const BootLine = z.object({ token: z.string().length(32), endpoint: z.string() });

/** An interpreter that writes down what the host says to it, and then is the real one. */
function eavesdroppingPython() {
  const folder = mkdtempSync(join(tmpdir(), 'repro-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const executable = join(folder, 'python');
  writeFileSync(
    executable,
    `#!/bin/sh\nread -r line\necho "$line" > ${folder}/boot\n{ echo "$line"; cat; } | ${python.executable} "$@"\n`,
  );
  chmodSync(executable, 0o700);
  return { executable, readBootLine: () => BootLine.parse(JSON.parse(readFileSync(join(folder, 'boot'), 'utf8'))) };
}

/** What every process of this machine shows of itself to others. */
function shownByProcesses(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => ['cmdline', 'environ'].map((file) => `/proc/${pid}/${file}`))
    .map((path) => {
      try {
        return readFileSync(path, 'latin1');
      } catch {
        return ''; // it ended meanwhile, or is somebody else's
      }
    })
    .join('\0');
}

it('says the secret of a worker to nobody but the worker: not in arguments, environments, logs or errors', async () => {
  const { executable, readBootLine } = eavesdroppingPython();
  await using opened = await openSamplePool({ python: { executable } });
  const { pool } = opened;
  await pool.call('reward/sample#print', { count: 1000 });
  const { token } = readBootLine();
  const shown = shownByProcesses();
  expect(shown).toContain('repro_worker.worker');
  expect(shown).not.toContain(token);
  const error = await pool.call('reward/sample#fail', { text: 'x' }).catch((reason: unknown) => reason);
  const told = [...opened.events, error].map((value) =>
    JSON.stringify(value, (_key, item) => (item instanceof Error ? { ...item, text: `${item} ${item.stack}` } : item)),
  );
  expect(told.length).toBeGreaterThan(5);
  expect(told.join('\n')).not.toContain(token);
});
