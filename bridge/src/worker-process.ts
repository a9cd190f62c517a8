import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootLine } from './protocol.ts';
import { readLines } from './read-lines.ts';

/** Lines of output that are kept for an error message. */
const keptLines = 20;
const forceKillMilliseconds = 3000;
const politeMilliseconds = 2000;
const lastLinesMilliseconds = 200;

export interface WorkerProcessOptions {
  readonly executable: string;
  /** Folder that holds the package `repro_worker`. */
  readonly pythonPath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly bootLine: BootLine;
  /** One line of standard output or error. */
  readonly onLine: (line: string) => void;
}

/**
 * The guardian process of one worker, which starts the model process. Its standard input stays open while the worker is
 * wanted: end-of-file, for whatever reason, makes the guardian kill the whole group.
 */
export class WorkerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lastLines: string[] = [];
  /** Why it ended, in words: "exited with code 1". Never rejects. */
  readonly exited: Promise<WorkerExit>;

  constructor({ executable, pythonPath, environment, bootLine, onLine }: WorkerProcessOptions) {
    this.#child = spawn(executable, ['-m', 'repro_worker'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in the terminal is the host's to answer.
      detached: true,
      env: {
        ...process.env,
        PYTHONPATH: pythonPath,
        PYTHONNOUSERSITE: '1',
        PYTHONSAFEPATH: '1',
        PYTHONUNBUFFERED: '1',
        ...environment,
      },
    });
    const keep = (line: string): void => {
      this.#lastLines.push(line);
      if (this.#lastLines.length > keptLines) {
        this.#lastLines.shift();
      }
      onLine(line);
    };
    readLines(this.#child.stdout, keep);
    readLines(this.#child.stderr, keep);
    this.exited = this.#waitForExit();
    this.#child.stdin.on('error', () => {}); // it died before it read the boot line; `exited` tells
    this.#child.stdin.write(`${JSON.stringify(bootLine)}\n`);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines it wrote, oldest first. */
  get lastLines(): readonly string[] {
    return [...this.#lastLines];
  }

  /** Waits for it to end by itself, then asks it to, then kills it. */
  async stop(): Promise<void> {
    if (await this.#endsWithin(politeMilliseconds)) {
      return;
    }
    this.#child.kill('SIGTERM');
    if (await this.#endsWithin(politeMilliseconds)) {
      return;
    }
    await this.kill();
  }

  /** Ends the whole group at once. */
  async kill(): Promise<void> {
    this.#child.stdin.destroy();
    if (!(await this.#endsWithin(forceKillMilliseconds))) {
      this.#child.kill('SIGKILL'); // the model process dies with it
    }
    await this.exited;
  }

  async #endsWithin(milliseconds: number): Promise<boolean> {
    const tooLong = new AbortController();
    const late = sleep(milliseconds, false, { signal: tooLong.signal }).catch(() => false);
    const ended = await Promise.race([this.exited.then(() => true), late]);
    tooLong.abort();
    return ended;
  }

  async #waitForExit(): Promise<WorkerExit> {
    const closed = once(this.#child, 'close').catch(() => {});
    try {
      const [code, signal] = (await once(this.#child, 'exit')) as [number | null, NodeJS.Signals | null];
      // Its last lines; a process that left its group may hold the pipes open for ever.
      await Promise.race([closed, sleep(lastLinesMilliseconds)]);
      return { spawned: true, code, how: signal === null ? `exited with code ${code}` : `was killed by ${signal}` };
    } catch (error) {
      return { spawned: false, code: null, how: `could not be started: ${(error as Error).message}` };
    }
  }
}

export interface WorkerExit {
  /** False when there is no such program. */
  readonly spawned: boolean;
  readonly code: number | null;
  readonly how: string;
}
