import { howToType, openBridge, UnknownMethodError } from '@repro/bridge';
import type { SystemCheck } from './system-check.ts';

/** Starts a real worker, asks it something, and stops it. */
export async function checkBridge(python: string, packages: string): Promise<SystemCheck> {
  const check = { name: 'bridge', expected: 'a worker starts and answers' };
  try {
    await using bridge = await openBridge({ pythonPath: packages });
    const pool = bridge.createPool({
      name: 'doctor',
      worker: { kind: 'handler', handlers: [], device: 'cpu' },
      python: { executable: python },
      maxRestarts: 0,
    });
    const started = performance.now();
    await pool.ready();
    const asked = performance.now();
    // A worker without plugins has no method. That it says so takes a question there and an answer back.
    await pool.call('examine', { text: 'é\u{1F469}' }).catch((error) => {
      if (!(error instanceof UnknownMethodError)) throw error;
    });
    const seconds = ((asked - started) / 1000).toFixed(1);
    const found = `a worker started in ${seconds} s and answered in ${(performance.now() - asked).toFixed(1)} ms`;
    return { ...check, status: 'ok', found };
  } catch (error) {
    return {
      ...check,
      status: 'missing',
      found: error instanceof Error ? error.message : String(error),
      cure: `Run \`${howToType('env setup')}\`; if it is whole, please report this message.`,
    };
  }
}
