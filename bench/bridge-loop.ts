import { fileURLToPath } from 'node:url';
import { openBridge } from '@repro/bridge';
import { z } from 'zod';
import type { WireLoop } from './wire-loop.ts';

const Texts = z.array(z.string());

/** repro's own: a handler worker, as the rewards of plugins use it. */
export async function openBridgeLoop(python: string): Promise<WireLoop> {
  const bridge = await openBridge();
  const file = fileURLToPath(new URL('./handlers/echo.py', import.meta.url));
  const pool = bridge.createPool({
    name: 'bench',
    worker: { kind: 'handler', device: 'cpu', handlers: [{ prefix: 'bench', file, requires: [] }] },
    python: { executable: python },
    callbacks: { echo: async (texts) => texts },
  });
  await pool.ready();
  return {
    echo: async (texts) => Texts.parse(await pool.call('bench#echo', texts)),
    callBack: async () => void (await pool.call('bench#call-back', null)),
    [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
  };
}
