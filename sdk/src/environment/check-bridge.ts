import { howToType, openBridge } from '@repro/bridge';
import type { SystemCheck } from './system-check.ts';

/** Starts a real worker, has it say hello, and stops it. */
export async function checkBridge(python: string, packages: string): Promise<SystemCheck> {
  const expected = 'a worker starts and answers';
  const started = performance.now();
  try {
    await using bridge = await openBridge({ pythonPath: packages });
    const pool = bridge.createPool({
      name: 'doctor',
      worker: { kind: 'handler', handlers: [], device: 'cpu' },
      python: { executable: python },
      maxRestarts: 0,
    });
    await pool.ready();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return { name: 'bridge', status: 'ok', found: `answered after ${seconds} s`, expected };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      name: 'bridge',
      status: 'missing',
      found,
      expected,
      cure: `Run \`${howToType('env setup')}\`; if it is whole, please report this message.`,
    };
  }
}
