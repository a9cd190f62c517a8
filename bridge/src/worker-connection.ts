import { randomBytes } from 'node:crypto';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { CallbackFunction } from './callback-server.ts';
import { CallbackServer } from './callback-server.ts';
import { ChunkAcknowledger } from './chunk-acknowledger.ts';
import type { ConnectionEvents } from './connection-events.ts';
import { howToType } from './errors/how-to-type.ts';
import type { ReproError } from './errors/repro-error.ts';
import { errorFromWire } from './errors/wire-error.ts';
import { WorkerProtocolError } from './errors/worker-protocol.ts';
import { WorkerStartError } from './errors/worker-start.ts';
import { FrameRoom } from './frame-room.ts';
import { readItemEnd } from './item-end.ts';
import { OpenRequests } from './open-requests.ts';
import type { BootLine, ChunkEntry, Message, MessageBody } from './protocol.ts';
import { protocolVersion } from './protocol.ts';
import type { Line, Switchboard } from './switchboard.ts';
import type { WorkerExit } from './worker-process.ts';
import { WorkerProcess } from './worker-process.ts';

const heartbeatMilliseconds = 1000;
/** Chunks that a worker may have sent while the host has not taken them. */
const chunkWindow = 64;
/** A worker enforces deadlines itself; one that is this late is stuck. */
const deadlineGraceMilliseconds = 1000;
/** What a handler that does not look at `cancelled` may go on for. */
const cancelGraceMilliseconds = 10_000;
/** What the worker sent before it died has arrived by then. */
const lastFramesMilliseconds = 20;

export interface ConnectionOptions {
  readonly workerId: string;
  readonly worker: BootLine['worker'];
  readonly executable: string;
  readonly pythonPath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly helloTimeoutSeconds: number;
  readonly readyTimeoutSeconds: number;
  readonly callbacks: Readonly<Record<string, CallbackFunction>>;
}

/** One life of one worker: from its start over hello, welcome and ready to its end. */
export class WorkerConnection implements Line {
  readonly workerId: string;
  readonly token = randomBytes(16).toString('hex');
  readonly chunks = new ChunkAcknowledger(chunkWindow, (sequence) => this.#switchboard.send(this, 'ack', { sequence }));
  readonly #switchboard: Switchboard;
  readonly #events: ConnectionEvents;
  readonly #options: ConnectionOptions;
  readonly #process: WorkerProcess;
  readonly #callbacks: CallbackServer;
  readonly #requests: OpenRequests;
  readonly #room = new FrameRoom();
  #state: 'starting' | 'loading' | 'ready' | 'stopping' | 'gone' = 'starting';
  #startTimer: NodeJS.Timeout;

  constructor(options: ConnectionOptions, switchboard: Switchboard, events: ConnectionEvents) {
    this.workerId = options.workerId;
    this.#options = options;
    this.#switchboard = switchboard;
    this.#events = events;
    this.#requests = new OpenRequests((itemIds) => this.#endStuckWorker(itemIds));
    this.#callbacks = new CallbackServer(options.callbacks, {
      result: (callbackId, value) => switchboard.send(this, 'callbackResult', { callbackId, value }),
      error: (callbackId, error) => switchboard.send(this, 'error', { requestId: null, callbackId, error }),
    });
    switchboard.connect(this);
    const { workerId, worker, executable, pythonPath, environment } = options;
    this.#process = new WorkerProcess({
      executable,
      pythonPath,
      environment,
      bootLine: { endpoint: switchboard.endpoint, workerId, token: this.token, worker },
      onLine: (line) => events.onLog('info', line),
    });
    this.#startTimer = this.#giveUpAfter(options.helloTimeoutSeconds, 'did not say hello');
    void this.#process.exited.then((exit) => this.#onExit(exit));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Its processes are gone, and with them the memory they held. */
  get ended(): Promise<unknown> {
    return this.#process.exited;
  }

  get unfinishedItems(): number {
    return this.#requests.unfinishedItems;
  }

  request(request: MessageBody<'request'>): void {
    this.chunks.release();
    const itemIds = request.items.map(({ id }) => id);
    this.#requests.open(request.id, itemIds, request.deadlineMilliseconds + deadlineGraceMilliseconds);
    const takeRoom = (bytesAtMost: number) => this.#room.take(request.id, bytesAtMost);
    this.#switchboard.send(this, 'request', request, takeRoom);
  }

  cancel(itemIds: readonly number[], reason: unknown): void {
    for (const [requestId, cancelled] of this.#requests.cancel(itemIds, cancelGraceMilliseconds)) {
      this.#switchboard.send(this, 'cancel', { requestId, itemIds: [...cancelled] });
      if (cancelled.length === this.#requests.items(requestId).length) {
        this.#callbacks.abortRequest(requestId, reason);
      }
    }
  }

  /** Says goodbye and waits for the end; `onLost` is not called. */
  async stop(reason: string): Promise<void> {
    const polite = this.#state === 'ready';
    this.#state = 'stopping';
    clearTimeout(this.#startTimer);
    this.#requests.clear();
    this.#callbacks.abortAll(new Error(reason));
    this.#switchboard.send(this, 'goodbye', { reason });
    await (polite ? this.#process.stop() : this.#process.kill());
    this.#close();
  }

  onHangUp(): void {
    this.#lose('closed its connection (it was killed, or did not answer for 1.5 s)', false);
  }

  onMessage({ kind, body }: Message): void {
    if (this.#state === 'stopping' || this.#state === 'gone') {
      return;
    }
    switch (kind) {
      case 'hello':
        this.#onHello(body);
        break;
      case 'ready':
        this.#onReady(body);
        break;
      case 'chunk':
        this.#onChunk(body);
        break;
      case 'result':
        this.#onResult(body);
        break;
      case 'error':
        this.#onError(body);
        break;
      case 'callback':
        this.#onCallback(body);
        break;
      case 'progress':
        this.#onProgress(body);
        break;
      case 'log':
        this.#events.onLog(body.level, `${body.logger}: ${body.message}`);
        break;
      case 'goodbye':
        this.#lose(`left: ${body.reason}`, false);
        break;
      default: // a heartbeat, or a kind that only a host sends
    }
  }

  #onHello(hello: MessageBody<'hello'>): void {
    if (hello.protocolVersion !== protocolVersion) {
      const found = `repro_worker ${hello.packageVersion} speaks protocol ${hello.protocolVersion}`;
      this.#failStart(
        new WorkerStartError(`${found}, this bridge speaks ${protocolVersion}.`, {
          hint: `Run \`${howToType('env setup')}\`.`,
        }),
      );
      return;
    }
    this.#state = 'loading';
    clearTimeout(this.#startTimer);
    this.#startTimer = this.#giveUpAfter(this.#options.readyTimeoutSeconds, 'was not ready');
    this.#switchboard.send(this, 'welcome', { heartbeatMilliseconds, chunkWindow });
  }

  #onReady(ready: MessageBody<'ready'>): void {
    if (this.#state === 'loading') {
      this.#state = 'ready';
      clearTimeout(this.#startTimer);
      this.#events.onReady(ready);
    }
  }

  #onChunk({ requestId, sequence, entries }: MessageBody<'chunk'>): void {
    for (const entry of entries) {
      this.#onEntry(requestId, entry);
    }
    this.chunks.take(sequence);
  }

  #onEntry(requestId: number, { itemId, kind, value, error }: ChunkEntry): void {
    if (!this.#requests.hasItem(requestId, itemId)) {
      this.#switchboard.countLate();
    } else if (kind === 'more') {
      this.#events.onMore(itemId, value);
    } else {
      this.#requests.endItem(itemId);
      this.#events.onEnd(itemId, readItemEnd(kind, value, error));
    }
  }

  #onError({ requestId, callbackId, error }: MessageBody<'error'>): void {
    if (requestId !== null) {
      this.#closeRequest(requestId, () => errorFromWire(error));
    } else if (callbackId === null && this.#state !== 'ready' && !error.retryable) {
      this.#failStart(errorFromWire(error));
    } else {
      this.#lose(`failed: ${error.summary}`, false);
    }
  }

  #onResult({ requestId }: MessageBody<'result'>): void {
    this.#closeRequest(
      requestId,
      () => new WorkerProtocolError(`Worker ${this.workerId} closed a request before its items had ended.`),
    );
  }

  /** `describe` is asked when items are left, which is rare: an error takes its stack, and that takes time. */
  #closeRequest(requestId: number, describe: () => ReproError): void {
    if (!this.#requests.has(requestId)) {
      this.#switchboard.countLate();
      return;
    }
    this.#room.free(requestId);
    const left = this.#requests.close(requestId);
    if (left.length === 0) {
      this.#callbacks.abortRequest(requestId, undefined);
      return;
    }
    const error = describe();
    this.#callbacks.abortRequest(requestId, error);
    for (const itemId of left) {
      this.#events.onEnd(itemId, { kind: 'error', error });
    }
  }

  #onCallback(callback: MessageBody<'callback'>): void {
    if (!this.#requests.has(callback.requestId)) {
      this.#switchboard.countLate();
      return;
    }
    void this.#callbacks.serve(callback, this.#events.poolsThatWaitFor(this.#requests.items(callback.requestId)));
  }

  #onProgress(progress: MessageBody<'progress'>): void {
    if (progress.requestId !== null) {
      this.#requests.renew(progress.requestId);
    } else if (this.#state === 'loading') {
      this.#startTimer.refresh();
    }
    this.#events.onProgress(progress);
  }

  #giveUpAfter(seconds: number, what: string): NodeJS.Timeout {
    return setTimeout(() => this.#lose(`${what} within ${seconds} s`, false), seconds * 1000);
  }

  #endStuckWorker(itemIds: readonly number[]): void {
    this.#events.onOverdue(itemIds);
    this.#lose('did not stop in time', true);
  }

  async #onExit(exit: WorkerExit): Promise<void> {
    if (this.#state === 'starting' && (!exit.spawned || (exit.code !== null && exit.code > 0 && exit.code < 128))) {
      this.#failStart(
        new WorkerStartError(`The worker's Python process ${exit.how} before it said hello.`, {
          output: this.#process.lastLines,
          hint:
            this.#process.lastLines.at(-1) ??
            `Is ${this.#options.executable} the interpreter of the pinned environment?`,
        }),
      );
    } else {
      await sleep(lastFramesMilliseconds);
      await turn();
      this.#lose(exit.how, false);
    }
  }

  #failStart(error: ReproError): void {
    if (this.#state !== 'gone' && this.#state !== 'stopping') {
      this.#close();
      void this.#process.kill();
      this.#events.onStartFailed(error);
    }
  }

  #lose(reason: string, blameless: boolean): void {
    if (this.#state === 'gone' || this.#state === 'stopping') {
      return;
    }
    this.#close();
    void this.#process.kill();
    this.#events.onLost({ reason, blameless, output: this.#process.lastLines });
  }

  #close(): void {
    this.#state = 'gone';
    clearTimeout(this.#startTimer);
    this.#requests.clear();
    this.#callbacks.abortAll(new Error(`Worker ${this.workerId} is gone.`));
    this.#switchboard.disconnect(this);
  }
}
