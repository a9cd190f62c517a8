import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startPython, type WireLoop } from './wire-loop.ts';

/** JSON over HTTP/1.1 on loopback, each side with its standard library, one connection kept open each way. */
export async function openHttpLoop(python: string): Promise<WireLoop> {
  const host = createServer(async (incoming, response) => {
    const body = Buffer.from(JSON.stringify(JSON.parse(await text(incoming))));
    response.writeHead(200, { 'Content-Length': body.length }).end(body);
  });
  host.keepAliveTimeout = 60_000;
  await once(host.listen(0, '127.0.0.1'), 'listening');
  const child = startPython(python, './http_loop.py', [String((host.address() as AddressInfo).port)]);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  async function post(path: string, value: unknown): Promise<unknown> {
    const body = Buffer.from(JSON.stringify(value));
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const asked = request({ agent, host: '127.0.0.1', port: Number(line), method: 'POST', path, headers });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return JSON.parse(await text(response));
  }

  return {
    echo: async (texts) => (await post('/echo', texts)) as readonly string[],
    callBack: async () => void (await post('/call-back', null)),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      child.kill();
      await child;
      host.closeAllConnections();
      host.close();
    },
  };
}
