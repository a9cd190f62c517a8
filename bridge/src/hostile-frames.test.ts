import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Dealer } from 'zeromq';
import { decodeMessage, encodeMessage } from './codec.ts';
import { maxMessageBytes, messageKinds } from './protocol.ts';
import { Switchboard } from './switchboard.ts';

// Whoever reaches the socket may send what he likes: it is dropped and counted, costs little, and the worker beside him is heard.

const vectors = JSON.parse(readFileSync(new URL('../../tests/protocol/messages.json', import.meta.url), 'utf8')).map(
  ({ frame }: { frame: string }) => Buffer.from(frame, 'hex'),
) as readonly Buffer[];
const prelude = (kind: number) => Buffer.from([0x52, 0x42, 1, kind]);
const heartbeat = encodeMessage('heartbeat', { sequence: 0, unfinishedItems: 0 });
const hello = encodeMessage('hello', {
  workerId: 'w/0.1',
  token: 'secret',
  pid: 1,
  protocolVersion: 1,
  python: '3.11.9',
  packageVersion: '0.1.0',
});

/** Deep, or small with the promise of much to come. */
const bombs: readonly (readonly [name: string, body: Buffer])[] = [
  ['a million nested arrays', Buffer.alloc(1_000_000, 0x91)],
  ['a million nested maps', Buffer.from('81a161'.repeat(1_000_000), 'hex')],
  [
    '5,000 nested arrays in a value',
    Buffer.concat([Buffer.from('81a56576696c', 'hex'), Buffer.alloc(5000, 0x91), Buffer.from([0xc0])]),
  ],
  ['an array of four billion', Buffer.from('ddffffffff', 'hex')],
  ['an array of 100 million', Buffer.from('dd05f5e100c0c0', 'hex')],
  ['arrays of arrays of 65,535', Buffer.from('dcffff'.repeat(1000), 'hex')],
  ['a map of four billion', Buffer.from('dfffffffff', 'hex')],
  ['a text of four billion bytes', Buffer.from('dbffffffff61', 'hex')],
  ['bytes of four billion', Buffer.from('c6ffffffff61', 'hex')],
  ['an extension of four billion bytes', Buffer.from('c9ffffffff0161', 'hex')],
  ['extensions of every type', Buffer.from(Array.from({ length: 256 }, (_, type) => [0xd4, type, 0]).flat())],
];

/** The same numbers every time. */
function* randomBytes(): Generator<Buffer> {
  let state = 7;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  };
  for (let count = 0; count < 2000; count += 1) {
    const bytes = Buffer.from(Array.from({ length: next() % 200 }, next));
    yield count % 2 === 0 ? bytes : Buffer.concat([prelude(1 + (next() % 15)), bytes]);
  }
}

let folder: string;
let switchboard: Switchboard;
let stranger: Dealer;
let worker: Dealer;
let heard: string[];
beforeEach(async () => {
  folder = mkdtempSync('/tmp/repro-test-');
  switchboard = await Switchboard.open(`ipc://${folder}/s`);
  stranger = new Dealer({ linger: 0 });
  worker = new Dealer({ linger: 0 });
  heard = [];
  switchboard.connect({
    workerId: 'w/0.1',
    token: 'secret',
    onMessage: ({ kind }) => heard.push(kind),
    onHangUp: () => heard.push('hang-up'),
  });
  worker.connect(switchboard.endpoint);
  stranger.connect(switchboard.endpoint);
  await worker.send(hello);
  await vi.waitFor(() => expect(heard).toEqual(['hello']));
});
afterEach(async () => {
  stranger.close();
  worker.close();
  await switchboard[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function expectStillHeard(): Promise<void> {
  await worker.send(heartbeat);
  await vi.waitFor(() => expect(heard).toEqual(['hello', 'heartbeat']), { timeout: 5000 });
}

it('drops and counts random frames and every beginning of a good one', async () => {
  const beginnings = vectors.flatMap((frame) => Array.from(frame.keys(), (length) => frame.subarray(0, length)));
  const frames = [...randomBytes(), ...beginnings];
  for (const frame of frames) {
    await stranger.send(frame);
  }
  await vi.waitFor(
    () => {
      const { garbage, stranger: strange } = switchboard.dropped;
      expect(garbage + strange).toBe(frames.length);
    },
    { timeout: 10_000 },
  );
  await expectStillHeard();
});

it.each(bombs)('takes %s for garbage, at once and without the memory that it asks for', async (_name, body) => {
  for (const kind of Object.values(messageKinds)) {
    const frame = Buffer.concat([prelude(kind), body]);
    const [began, before] = [performance.now(), process.memoryUsage().rss];
    expect(decodeMessage(frame)).toMatchObject({ outcome: 'bad' });
    expect(performance.now() - began).toBeLessThan(1000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  }
  await stranger.send(Buffer.concat([prelude(messageKinds.chunk), body]));
  await vi.waitFor(() => expect(switchboard.dropped.garbage).toBe(1));
  await expectStillHeard();
});

it.each([
  ['just above the limit', maxMessageBytes + 1],
  ['of 1 GiB', 2 ** 30],
])('closes the connection of a frame %s and never holds it', async (_name, bytes) => {
  const before = process.memoryUsage().rss;
  const frame = Buffer.alloc(bytes);
  let highest = 0;
  const watching = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss - before);
  }, 5);
  await stranger.send(frame);
  await expectStillHeard();
  clearInterval(watching);
  expect(highest).toBeLessThan(bytes + 200e6); // the sender's own copy
  expect(switchboard.dropped).toEqual({ garbage: 0, stranger: 0, late: 0 });
});
