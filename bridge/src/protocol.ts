import { z } from 'zod';

/**
 * The wire protocol, version 1. A message is one ZeroMQ frame: the prelude `R` `B` version kind, then a msgpack map. A
 * worker may send several frames as one multipart message: each stands for itself.
 * The twins of these schemas are the Structs in `python-env/src/repro_worker/protocol.py`; `tests/protocol/` holds
 * golden vectors that both sides read.
 */
export const protocolVersion = 1;
export const preludeBytes = 4;
/** Both sides refuse to send more; ZeroMQ would drop the connection without a word. */
export const maxMessageBytes = 8 * 1024 * 1024;

export const messageKinds = {
  hello: 1,
  welcome: 2,
  ready: 3,
  heartbeat: 4,
  request: 5,
  chunk: 6,
  ack: 7,
  result: 8,
  error: 9,
  cancel: 10,
  callback: 11,
  callbackResult: 12,
  progress: 13,
  log: 14,
  goodbye: 15,
} as const;
export type MessageKind = keyof typeof messageKinds;

const id = z.int().nonnegative();

/** What went wrong on the other side; it keeps its type over the wire. */
export const WireError = z.object({
  /** `REPRO_...`, the same codes as in TypeScript. */
  code: z.string(),
  /** One line. */
  summary: z.string(),
  traceback: z.string().nullable(),
  /** Whether the same item may succeed on another try. */
  retryable: z.boolean(),
});
export type WireError = z.infer<typeof WireError>;

/** Worker -> host, first message of a connection. `token` is the secret from the boot line. */
const Hello = z.object({
  workerId: z.string(),
  token: z.string(),
  pid: z.int(),
  protocolVersion: z.int(),
  python: z.string(),
  packageVersion: z.string(),
});

/** Host -> worker: accepted. The worker loads its model or handlers only after this. */
const Welcome = z.object({
  heartbeatMilliseconds: z.int().positive(),
  /** Chunks the worker may have unacknowledged. */
  chunkWindow: z.int().positive(),
});

/** Worker -> host: loaded. */
export const Ready = z.object({
  /** Items that run at the same time. */
  concurrency: z.int().positive(),
  /** Unfinished items and their bytes that the host may keep here. */
  maxInFlight: z.int().positive(),
  maxBytes: z.int().positive(),
  /** What the worker says of itself: an engine its model, a handler worker its handlers. */
  info: z.record(z.string(), z.unknown()),
});

/** Worker -> host, from its I/O thread. The host sends one to see whether a worker is still connected; it needs no answer. */
const Heartbeat = z.object({ sequence: id, unfinishedItems: id });

/**
 * Host -> worker. Each item ends in exactly one final entry of a chunk, in any order; `result` or `error` ends the
 * request, exactly once, after the last chunk.
 */
const Request = z.object({
  id,
  method: z.string(),
  items: z.array(z.object({ id, input: z.unknown() })).min(1),
  /** From receipt; renewed by `progress`. */
  deadlineMilliseconds: z.int().positive(),
});

export const ChunkEntry = z.object({
  itemId: id,
  /** `more` is one of any number of values of a stream; `value` and `error` are final. `end` is the final entry of a stream. */
  kind: z.enum(['more', 'value', 'end', 'error']),
  value: z.unknown(),
  error: WireError.nullable(),
});
export type ChunkEntry = z.infer<typeof ChunkEntry>;

/** Worker -> host; `sequence` counts the chunks of this worker from 0. */
const Chunk = z.object({ requestId: id, sequence: id, entries: z.array(ChunkEntry).min(1) });

/** Host -> worker: every chunk up to and including `sequence` was taken. */
const Ack = z.object({ sequence: id });

/** Worker -> host: every item of the request has ended. */
const Result = z.object({ requestId: id });

/**
 * Either way: ends a request (`requestId`), answers a callback (`callbackId`), or, from a worker with neither, says why
 * it could not start (an import error, a model that is not there).
 */
const ErrorMessage = z.object({ requestId: id.nullable(), callbackId: id.nullable(), error: WireError });

/** Host -> worker: stop these items of a request (all when empty). Each still ends in one entry: its value or REPRO_CANCELLED. */
const Cancel = z.object({ requestId: id, itemIds: z.array(id) });

/** Worker -> host while it serves `requestId`. */
const Callback = z.object({
  id,
  requestId: id,
  name: z.string(),
  input: z.unknown(),
  deadlineMilliseconds: z.int().positive(),
});

/** Host -> worker. A failed callback is answered by `error`. */
const CallbackResult = z.object({ callbackId: id, value: z.unknown() });

/** Worker -> host: still at it. Renews the deadline of `requestId`, or of the start when null. */
const Progress = z.object({
  requestId: id.nullable(),
  message: z.string(),
  done: z.number().nullable(),
  total: z.number().nullable(),
});

/** Worker -> host: one line for the run's log. */
const Log = z.object({
  level: z.enum(['debug', 'info', 'warning', 'error']),
  logger: z.string(),
  message: z.string(),
});

/** Either way: this side is about to close. The worker finishes nothing after it. */
const Goodbye = z.object({ reason: z.string() });

export const messageSchemas = {
  hello: Hello,
  welcome: Welcome,
  ready: Ready,
  heartbeat: Heartbeat,
  request: Request,
  chunk: Chunk,
  ack: Ack,
  result: Result,
  error: ErrorMessage,
  cancel: Cancel,
  callback: Callback,
  callbackResult: CallbackResult,
  progress: Progress,
  log: Log,
  goodbye: Goodbye,
} as const satisfies Record<MessageKind, z.ZodType>;

export type MessageBody<Kind extends MessageKind> = z.infer<(typeof messageSchemas)[Kind]>;

export type Message = { [Kind in MessageKind]: { kind: Kind; body: MessageBody<Kind> } }[MessageKind];

/** The first line of a worker's standard input, as JSON: secrets never travel in argv or the environment. */
export const BootLine = z.object({
  endpoint: z.string(),
  workerId: z.string(),
  token: z.string(),
  /** What to run. */
  worker: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('engine'),
      engine: z.string(),
      path: z.string(),
      options: z.record(z.string(), z.unknown()),
    }),
    z.object({
      kind: z.literal('handler'),
      /** One file per plugin; its methods are called as `<prefix>#<name>`, prefix being `<kind>/<plugin name>`. */
      handlers: z.array(z.object({ prefix: z.string(), file: z.string(), requires: z.array(z.string()) })),
      device: z.string(),
    }),
    z.object({
      kind: z.literal('trainer'),
      rank: z.int().nonnegative(),
      worldSize: z.int().positive(),
      /** Where rank 0 waits for the others; unused by a group of one. */
      masterAddress: z.string(),
      masterPort: z.int().nonnegative(),
    }),
  ]),
});
export type BootLine = z.infer<typeof BootLine>;
