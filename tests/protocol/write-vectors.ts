import { writeFileSync } from 'node:fs';
import type { JsonObject } from '@repro/sdk/contract';
import { stringifyJson } from '@repro/sdk/contract';
import { encodeMessage } from '../../bridge/src/codec.ts';
import type { MessageBody, MessageKind } from '../../bridge/src/protocol.ts';

/**
 * Writes the golden vectors that both sides of the protocol read: what a message says, and its frame in hexadecimal.
 * Run it only when the protocol changes on purpose:
 * `node --conditions=repro-src tests/protocol/write-vectors.ts && biome format --write tests/protocol`.
 */
function vector<Kind extends MessageKind>(name: string, kind: Kind, body: MessageBody<Kind>): JsonObject {
  // `unknown` values of a body are JSON here, or encodeMessage would refuse them.
  return { name, kind, body: body as JsonObject, frame: encodeMessage(kind, body).toString('hex') };
}

const handlerError = {
  code: 'REPRO_WORKER_HANDLER',
  summary: "KeyError: 'text'",
  traceback: 'Traceback (most recent call last):\n  File "handler.py", line 3\nKeyError: \'text\'\n',
  retryable: false,
};

const oddValues: Readonly<Record<string, unknown>> = {
  'integers around 2^32': [
    0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, -1, -32, -33, -2_147_483_648, -2_147_483_649,
  ],
  'integers around 2^53': [
    9_007_199_254_740_991,
    9_007_199_254_740_993n,
    -9_007_199_254_740_993n,
    1_234_567_890_123_456_789n,
  ],
  'the ends of 64 bits': [
    9_223_372_036_854_775_807n,
    9_223_372_036_854_775_808n,
    18_446_744_073_709_551_615n,
    -9_223_372_036_854_775_808n,
  ],
  floats: [0.1, -0.5, 1.5e300, 5e-324, 1e-7],
  nothing: null,
  booleans: [true, false],
  'empty things': ['', [], {}, [[]], { '': '' }],
  'text of several scripts': ['naïve', 'Ünïcödé', 'Привет', 'שלום', '日本語', 'हिन्दी', 'ไทย'],
  'characters beyond the basic plane': ['😀', '👩‍👩‍👧‍👦', '𝕏', '\u{10ffff}'],
  'control characters': ['\u0000', 'a\u0000b', '\u001b[0m', '\u2028\u2029', '\ufeff', '\ufffd'],
  'odd keys': { 'a b': 1, '😀': 2, 'with.dot': 3, constructor: 4, toString: 5 },
  'a longer text': 'x'.repeat(300),
  nesting: [[[[[[[[{ deep: [{}] }]]]]]]]],
};

const vectors: readonly JsonObject[] = [
  vector('hello', 'hello', {
    workerId: 'small-0-1',
    token: '0123456789abcdef',
    pid: 4242,
    protocolVersion: 1,
    python: '3.11.9',
    packageVersion: '0.1.0',
  }),
  vector('welcome', 'welcome', { heartbeatMilliseconds: 1000, chunkWindow: 64 }),
  vector('ready of an engine', 'ready', {
    concurrency: 16,
    maxInFlight: 32,
    maxBytes: 4_194_304,
    info: { path: 'builtin:smollm2-135m', contextTokens: 8192, thinkPrefilled: false, dtypeReason: null },
  }),
  vector('ready with nothing to say', 'ready', { concurrency: 1, maxInFlight: 1, maxBytes: 1, info: {} }),
  vector('heartbeat', 'heartbeat', { sequence: 0, unfinishedItems: 3 }),
  vector('request of two items', 'request', {
    id: 1,
    method: 'reward/bertscore#score',
    items: [
      { id: 1, input: { originals: ['a'], rephrased: ['b'] } },
      { id: 2, input: null },
    ],
    deadlineMilliseconds: 600_000,
  }),
  vector('request with a large id', 'request', {
    id: 4_294_967_297,
    method: 'generate',
    items: [{ id: 9_007_199_254_740_991, input: {} }],
    deadlineMilliseconds: 1,
  }),
  ...Object.entries(oddValues).map(([name, input]) =>
    vector(`request: ${name}`, 'request', {
      id: 7,
      method: 'echo',
      items: [{ id: 8, input }],
      deadlineMilliseconds: 1000,
    }),
  ),
  vector('chunk of every kind of entry', 'chunk', {
    requestId: 1,
    sequence: 0,
    entries: [
      { itemId: 1, kind: 'more', value: { line: 1 }, error: null },
      { itemId: 1, kind: 'end', value: null, error: null },
      { itemId: 2, kind: 'value', value: { f1: [0.65, 1] }, error: null },
      { itemId: 3, kind: 'error', value: null, error: handlerError },
    ],
  }),
  ...Object.entries(oddValues).map(([name, value]) =>
    vector(`chunk: ${name}`, 'chunk', {
      requestId: 7,
      sequence: 1,
      entries: [{ itemId: 8, kind: 'value', value, error: null }],
    }),
  ),
  vector('ack', 'ack', { sequence: 0 }),
  vector('result', 'result', { requestId: 1 }),
  vector('error that ends a request', 'error', {
    requestId: 1,
    callbackId: null,
    error: { ...handlerError, code: 'REPRO_OUT_OF_MEMORY', traceback: null, retryable: true },
  }),
  vector('error that answers a callback', 'error', { requestId: null, callbackId: 3, error: handlerError }),
  vector('error before ready', 'error', {
    requestId: null,
    callbackId: null,
    error: { ...handlerError, code: 'REPRO_WORKER_IMPORT' },
  }),
  vector('cancel of some items', 'cancel', { requestId: 1, itemIds: [1, 2] }),
  vector('cancel of a whole request', 'cancel', { requestId: 1, itemIds: [] }),
  vector('callback', 'callback', {
    id: 3,
    requestId: 1,
    name: 'score',
    input: { text: '日本語' },
    deadlineMilliseconds: 5000,
  }),
  vector('callbackResult', 'callbackResult', { callbackId: 3, value: [1, null, 0.5] }),
  vector('progress of a start', 'progress', { requestId: null, message: 'reading weights', done: 0.5, total: 1 }),
  vector('progress of a request', 'progress', { requestId: 1, message: 'still at it', done: null, total: null }),
  vector('log', 'log', { level: 'warning', logger: 'transformers', message: 'two\nlines' }),
  vector('goodbye', 'goodbye', { reason: 'the host is closing' }),
];

const hello = String(vectors[0]?.frame);
const badFrames = [
  { name: 'empty', frame: '' },
  { name: 'shorter than the prelude', frame: '524201' },
  { name: 'prelude alone', frame: '52420101' },
  { name: 'wrong letters', frame: `5858${hello.slice(4)}` },
  { name: 'unknown version', frame: `524263${hello.slice(6)}` },
  { name: 'unknown kind', frame: `5242017f${hello.slice(8)}` },
  { name: 'truncated body', frame: hello.slice(0, -4) },
  { name: 'bytes after the body', frame: `${hello}00` },
  { name: 'body is no map', frame: '5242010801' },
  { name: 'field of another type', frame: '5242010881a873657175656e6365a3616263' },
  { name: 'field is missing', frame: '5242010880' },
  { name: 'the byte that msgpack never uses', frame: '52420108c1' },
  { name: 'a map that claims four billion keys', frame: '52420108dfffffffff' },
];

function write(name: string, rows: readonly JsonObject[]): void {
  writeFileSync(new URL(name, import.meta.url), `[\n${rows.map(stringifyJson).join(',\n')}\n]\n`);
}

write('messages.json', vectors);
write('bad-frames.json', badFrames);
