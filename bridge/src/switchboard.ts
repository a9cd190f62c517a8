import { timingSafeEqual } from 'node:crypto';
import type { TakeRoom } from './codec.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import type { Message, MessageBody, MessageKind } from './protocol.ts';
import { RouterSocket } from './router-socket.ts';

const probesAfterMilliseconds = [0, 10, 100, 1000];

/** One worker as the switchboard sees it. */
export interface Line {
  readonly workerId: string;
  /** The secret that its hello must bring. */
  readonly token: string;
  onMessage(message: Message): void;
  /** The other end is gone. */
  onHangUp(): void;
}

/** Messages that were dropped, by reason. */
export interface DroppedMessages {
  /** No message of this protocol. */
  readonly garbage: number;
  /** From somebody who never said a hello that was expected, or whose worker is gone. */
  readonly stranger: number;
  /** About an item, request or callback that has ended. */
  readonly late: number;
}

/** Joins the socket with the workers of all pools: who a frame is from, and whether that one may speak. */
export class Switchboard implements AsyncDisposable {
  readonly endpoint: string;
  readonly #expected = new Map<string, Line>();
  readonly #lineOfPeer = new Map<string, Line>();
  readonly #peerOfLine = new Map<Line, string>();
  readonly #dropped = { garbage: 0, stranger: 0, late: 0 };
  readonly #probes = new Set<NodeJS.Timeout>();
  #router: RouterSocket | undefined;

  private constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  static async open(endpoint: string): Promise<Switchboard> {
    const switchboard = new Switchboard(endpoint);
    switchboard.#router = await RouterSocket.bind(endpoint, {
      onFrame: (peer, frame) => switchboard.#onFrame(peer, frame),
      onUnreachable: (peer) => switchboard.#lineOfPeer.get(peer)?.onHangUp(),
      onDisconnect: () => switchboard.#probeRepeatedly(),
    });
    return switchboard;
  }

  get dropped(): DroppedMessages {
    return { ...this.#dropped };
  }

  countLate(): void {
    this.#dropped.late += 1;
  }

  /** From now on a hello with this line's id and token is answered by it. */
  connect(line: Line): void {
    this.#expected.set(line.workerId, line);
  }

  /** Nothing that comes on this line counts any more. */
  disconnect(line: Line): void {
    this.#expected.delete(line.workerId);
    const peer = this.#peerOfLine.get(line);
    if (peer !== undefined) {
      this.#lineOfPeer.delete(peer);
      this.#peerOfLine.delete(line);
    }
  }

  /** Throws what `encodeMessage` throws; to a line that is not connected nothing is sent. */
  send<Kind extends MessageKind>(line: Line, kind: Kind, body: MessageBody<Kind>, takeRoom?: TakeRoom): void {
    const peer = this.#peerOfLine.get(line);
    if (peer !== undefined) {
      this.#router?.send(peer, encodeMessage(kind, body, takeRoom));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#probes) {
      clearTimeout(timer);
    }
    await this.#router?.[Symbol.asyncDispose]();
  }

  #onFrame(peer: string, frame: Uint8Array): void {
    const decoded = decodeMessage(frame);
    if (decoded.outcome === 'bad') {
      this.#dropped.garbage += 1;
      return;
    }
    const { message } = decoded;
    const line = this.#lineOfPeer.get(peer) ?? (message.kind === 'hello' ? this.#admit(peer, message.body) : undefined);
    if (line === undefined) {
      this.#dropped.stranger += 1;
      return;
    }
    line.onMessage(message);
  }

  #admit(peer: string, { workerId, token }: MessageBody<'hello'>): Line | undefined {
    const line = this.#expected.get(workerId);
    if (line === undefined || !equalSecrets(line.token, token)) {
      return undefined;
    }
    this.#expected.delete(workerId);
    this.#lineOfPeer.set(peer, line);
    this.#peerOfLine.set(line, peer);
    return line;
  }

  /** ZeroMQ tells of an end before it has cleared the connection away, so the first probe may still seem to arrive. */
  #probeRepeatedly(): void {
    for (const milliseconds of probesAfterMilliseconds) {
      const timer = setTimeout(() => {
        this.#probes.delete(timer);
        this.#probe();
      }, milliseconds);
      this.#probes.add(timer);
    }
  }

  /** Somebody is gone: whom a frame no longer reaches. */
  #probe(): void {
    for (const line of this.#peerOfLine.keys()) {
      this.send(line, 'heartbeat', { sequence: 0, unfinishedItems: 0 });
    }
  }
}

function equalSecrets(expected: string, found: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(found)];
  return a.length === b.length && timingSafeEqual(a, b);
}
