import { mkdtempSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Dealer } from 'zeromq';
import { decodeMessage, encodeMessage } from './codec.ts';
import type { Message, MessageBody } from './protocol.ts';
import type { Line } from './switchboard.ts';
import { Switchboard } from './switchboard.ts';

/** A worker's end of the wire, without a worker. */
class FakeWorker {
  readonly #socket = new Dealer({ linger: 0 });

  constructor(endpoint: string) {
    this.#socket.connect(endpoint);
  }

  async send(...frames: readonly Uint8Array[]): Promise<void> {
    for (const frame of frames) {
      await this.#socket.send(Buffer.from(frame));
    }
  }

  async receive(): Promise<unknown> {
    const [frame] = await this.#socket.receive();
    return decodeMessage(frame ?? Buffer.alloc(0));
  }

  close(): void {
    this.#socket.close();
  }
}

class RecordingLine implements Line {
  workerId = 'w/0.1';
  readonly token = 'secret';
  readonly messages: Message[] = [];
  hangUps = 0;

  onMessage(message: Message): void {
    this.messages.push(message);
  }

  onHangUp(): void {
    this.hangUps += 1;
  }
}

const hello: MessageBody<'hello'> = {
  workerId: 'w/0.1',
  token: 'secret',
  pid: 1,
  protocolVersion: 1,
  python: '3.11.9',
  packageVersion: '0.1.0',
};
const heartbeat = encodeMessage('heartbeat', { sequence: 0, unfinishedItems: 0 });

let folder: string;
let switchboard: Switchboard;
let worker: FakeWorker;
let line: RecordingLine;

beforeEach(async () => {
  folder = mkdtempSync('/tmp/repro-test-');
  switchboard = await Switchboard.open(`ipc://${folder}/s`);
  worker = new FakeWorker(switchboard.endpoint);
  line = new RecordingLine();
  switchboard.connect(line);
});

afterEach(async () => {
  worker.close();
  await switchboard[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

it('joins a worker that brings the secret with its line, both ways and in order', async () => {
  await worker.send(encodeMessage('hello', hello), heartbeat);
  await vi.waitFor(() => expect(line.messages.map(({ kind }) => kind)).toEqual(['hello', 'heartbeat']));
  for (let sequence = 0; sequence < 100; sequence += 1) {
    switchboard.send(line, 'ack', { sequence });
  }
  for (let sequence = 0; sequence < 100; sequence += 1) {
    expect(await worker.receive()).toEqual({ outcome: 'message', message: { kind: 'ack', body: { sequence } } });
  }
});

it.each([
  ['another secret', { ...hello, token: 'guess!' }],
  ['a secret of another length', { ...hello, token: '' }],
  ['an id that nobody expects', { ...hello, workerId: 'w/0.2' }],
])('drops and counts whoever brings %s', async (_what, wrong) => {
  await worker.send(encodeMessage('hello', wrong), heartbeat);
  await vi.waitFor(() => expect(switchboard.dropped).toEqual({ garbage: 0, stranger: 2, late: 0 }));
  expect(line.messages).toEqual([]);
});

it('gives a line to one peer only', async () => {
  await worker.send(encodeMessage('hello', hello));
  await vi.waitFor(() => expect(line.messages).toHaveLength(1));
  const second = new FakeWorker(switchboard.endpoint);
  await second.send(encodeMessage('hello', hello), heartbeat);
  await vi.waitFor(() => expect(switchboard.dropped.stranger).toBe(2));
  expect(line.messages).toHaveLength(1);
  second.close();
});

it('drops and counts garbage, and still hears what comes after it', async () => {
  await worker.send(encodeMessage('hello', hello), Buffer.from('garbage'), heartbeat.subarray(0, 6), heartbeat);
  await vi.waitFor(() => expect(line.messages).toHaveLength(2));
  expect(switchboard.dropped.garbage).toBe(2);
});

it('counts what a worker still says after its line was given up', async () => {
  await worker.send(encodeMessage('hello', hello));
  await vi.waitFor(() => expect(line.messages).toHaveLength(1));
  switchboard.disconnect(line);
  await worker.send(heartbeat);
  await vi.waitFor(() => expect(switchboard.dropped.stranger).toBe(1));
  switchboard.send(line, 'ack', { sequence: 0 });
  await sleep(20);
  expect(line.hangUps).toBe(0);
});

it('notices at once when the other end is gone', async () => {
  await worker.send(encodeMessage('hello', hello));
  await vi.waitFor(() => expect(line.messages).toHaveLength(1));
  worker.close();
  await vi.waitFor(() => expect(line.hangUps).toBeGreaterThan(0), { timeout: 500 });
});

it('notices every one of many ends, though ZeroMQ tells of some too early', async () => {
  for (let life = 1; life <= 100; life += 1) {
    const next = Object.assign(new RecordingLine(), { workerId: `w/1.${life}` });
    const peer = new FakeWorker(switchboard.endpoint);
    switchboard.connect(next);
    await peer.send(encodeMessage('hello', { ...hello, workerId: next.workerId }));
    await vi.waitFor(() => expect(next.messages).toHaveLength(1), { interval: 1, timeout: 5000 });
    peer.close();
    await vi.waitFor(() => expect(next.hangUps).toBeGreaterThan(0), { interval: 1, timeout: 5000 });
    switchboard.disconnect(next);
  }
});

it('refuses a message that is too large before it is sent', async () => {
  await worker.send(encodeMessage('hello', hello));
  await vi.waitFor(() => expect(line.messages).toHaveLength(1));
  const value = 'x'.repeat(9 * 1024 * 1024);
  expect(() => switchboard.send(line, 'callbackResult', { callbackId: 0, value })).toThrow(
    expect.objectContaining({ code: 'REPRO_MESSAGE_TOO_LARGE' }),
  );
  switchboard.send(line, 'ack', { sequence: 7 });
  expect(await worker.receive()).toMatchObject({ message: { kind: 'ack' } });
});
