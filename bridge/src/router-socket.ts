import { Router } from 'zeromq';
import { maxMessageBytes } from './protocol.ts';

/** ZMTP heartbeats are answered by ZeroMQ's own thread, so they find a frozen process, not a busy one. */
const heartbeatMilliseconds = 500;
const heartbeatTimeoutMilliseconds = 1500;

export interface RouterEvents {
  /** `peer` is the peer's routing identity, as latin1 text. */
  onFrame(peer: string, frame: Uint8Array): void;
  /** A frame could not be sent because the peer is gone. */
  onUnreachable(peer: string): void;
  /** Some peer has disconnected; ZeroMQ does not say which. */
  onDisconnect(): void;
}

/** The one socket of a bridge: every worker dials back to it. */
export class RouterSocket implements AsyncDisposable {
  readonly #socket: Router;
  readonly #events: RouterEvents;
  readonly #outgoing: { readonly peer: string; readonly frame: Buffer }[] = [];
  #sending = false;
  #receiving: Promise<void> = Promise.resolve();

  private constructor(socket: Router, events: RouterEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  static async bind(endpoint: string, events: RouterEvents): Promise<RouterSocket> {
    const socket = new Router({
      mandatory: true, // a frame for a peer that is gone is an error, not silence
      sendTimeout: 0, // mandatory alone would wait for ever
      sendHighWaterMark: 0, // what a worker may have unfinished bounds it
      receiveHighWaterMark: 0, // its chunk window bounds it
      linger: 0,
      maxMessageSize: maxMessageBytes,
      heartbeatInterval: heartbeatMilliseconds,
      heartbeatTimeout: heartbeatTimeoutMilliseconds,
    });
    const router = new RouterSocket(socket, events);
    socket.events.on('disconnect', () => events.onDisconnect());
    await socket.bind(endpoint);
    router.#receiving = router.#receive();
    return router;
  }

  /** Frames leave in order, one at a time: zeromq.js refuses a second send while one is under way. */
  send(peer: string, frame: Buffer): void {
    this.#outgoing.push({ peer, frame });
    if (!this.#sending) {
      this.#sending = true;
      void this.#sendAll();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#outgoing.length = 0;
    this.#socket.close();
    await this.#receiving;
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#outgoing.shift(); next !== undefined; next = this.#outgoing.shift()) {
      try {
        await this.#socket.send([Buffer.from(next.peer, 'latin1'), next.frame]);
      } catch {
        if (!this.#socket.closed) {
          this.#events.onUnreachable(next.peer);
        }
      }
    }
    this.#sending = false;
  }

  async #receive(): Promise<void> {
    for await (const [identity, ...frames] of this.#socket) {
      const peer = identity?.toString('latin1') ?? '';
      for (const frame of frames) {
        this.#events.onFrame(peer, frame);
      }
    }
  }
}
