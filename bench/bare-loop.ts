import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack, unpack } from 'msgpackr/pack';
import { Router } from 'zeromq';
import { startPython, type WireLoop } from './wire-loop.ts';

/** The least that ZeroMQ and msgpack can do (msgpackr in plain JavaScript, which is faster than its addon): no checks, no second item under way, nobody who notices a death. */
export async function openBareLoop(python: string): Promise<WireLoop> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const endpoint = `ipc://${join(folder, 's')}`;
  const socket = new Router({ linger: 0 });
  await socket.bind(endpoint);
  const child = startPython(python, './bare_loop.py', [endpoint]);
  const [peer] = await socket.receive();

  async function ask(kind: string, body: Uint8Array): Promise<Buffer> {
    await socket.send([peer as Buffer, kind, body]);
    const [, answer] = await socket.receive();
    return answer as Buffer;
  }

  return {
    echo: async (texts) => unpack(await ask('echo', pack(texts))),
    async callBack() {
      const texts: unknown = unpack(await ask('call-back', Buffer.alloc(0)));
      await ask('texts', pack(texts));
    },
    async [Symbol.asyncDispose]() {
      await socket.send([peer as Buffer, 'end', '']);
      await child;
      socket.close();
      await rm(folder, { recursive: true });
    },
  };
}
