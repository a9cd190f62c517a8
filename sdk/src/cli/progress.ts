import cliProgress from 'cli-progress';
import type { SessionEvent, StageName } from '../session/session-event.ts';
import { showOnOneLine } from './show-controls.ts';

export interface ProgressView extends Disposable {
  readonly show: (event: SessionEvent) => void;
  readonly say: (message: string) => void;
}

const secondsBetweenLines = 30;

/** Bars on a terminal, else one `key=value` line per change and every 30 seconds. Always on stderr. */
export function openProgress({ terminal = process.stderr.isTTY === true } = {}): ProgressView {
  return terminal ? drawBars() : writeLines();
}

function drawBars(): ProgressView {
  const bars = new cliProgress.MultiBar(
    {
      format: '{stage} {bar} {done} pages | {rate}/s | {note}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      stream: process.stderr,
      emptyOnZero: true,
    },
    cliProgress.Presets.shades_classic,
  );
  const byStage = new Map<
    StageName,
    { readonly bar: cliProgress.SingleBar; readonly startedAt: number; before: number }
  >();
  const barOf = (stage: StageName, done: number) => {
    const known = byStage.get(stage);
    if (known !== undefined) {
      return known;
    }
    const bar = bars.create(0, 0, { stage: stage.padEnd(8), done: '0', rate: '-', note: '' });
    const made = { bar, startedAt: performance.now(), before: done };
    byStage.set(stage, made);
    return made;
  };
  // Bars print what is logged when they draw themselves next; before there is one, nothing would.
  const say = (message: string) =>
    bars.isActive ? bars.log(`${showOnOneLine(message)}\n`) : void process.stderr.write(`${showOnOneLine(message)}\n`);
  return {
    show(event) {
      if (event.type === 'progress') {
        const { stage, done, total } = event;
        const { bar, startedAt, before } = barOf(stage, done - 1);
        const rate = (done - before) / Math.max(0.001, (performance.now() - startedAt) / 1000);
        bar.setTotal(total ?? done);
        const left = total === undefined ? '' : `about ${Math.ceil((total - done) / rate)} s left`;
        bar.update(done, { done: total === undefined ? done : `${done}/${total}`, rate: rate.toFixed(1), note: left });
      } else {
        const line = lineOf(event);
        if (line !== undefined) {
          say(line);
        }
      }
    },
    say,
    [Symbol.dispose]() {
      if (bars.isActive) {
        bars.update();
        bars.stop();
      }
    },
  };
}

function writeLines(): ProgressView {
  const lastAt = new Map<StageName, number>();
  const say = (message: string) => process.stderr.write(`${showOnOneLine(message)}\n`);
  return {
    show(event) {
      if (event.type !== 'progress') {
        const line = lineOf(event);
        if (line !== undefined) {
          say(line);
        }
        return;
      }
      const now = performance.now();
      if (now - (lastAt.get(event.stage) ?? Number.NEGATIVE_INFINITY) >= secondsBetweenLines * 1000) {
        lastAt.set(event.stage, now);
        say(`stage=${event.stage} done=${event.done}${event.total === undefined ? '' : ` total=${event.total}`}`);
      }
    },
    say,
    [Symbol.dispose]: () => undefined,
  };
}

function lineOf(event: Exclude<SessionEvent, { type: 'progress' }>): string | undefined {
  switch (event.type) {
    case 'stage':
      return `stage=${event.stage} state=${event.state}`;
    case 'part':
      return event.state === 'resumed' && !event.documentsBefore
        ? undefined
        : `stage=${event.stage} part=${event.part} shard=${event.shard} state=${event.state}${event.documentsBefore ? ` kept=${event.documentsBefore}` : ''}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'worker':
      return workerLine(event.event);
  }
}

function workerLine(event: Extract<SessionEvent, { type: 'worker' }>['event']): string | undefined {
  switch (event.type) {
    case 'starting':
    case 'ready':
      return `worker="${event.pool}" state=${event.type}`;
    case 'progress':
      return `worker="${event.pool}" ${event.message}`;
    case 'lost':
      return `worker="${event.pool}" state=lost cause="${event.cause}" suspects=${event.suspects}`;
    case 'quarantined':
      return `worker="${event.pool}" state=quarantined ${event.error.message}`;
    case 'log':
      return event.level === 'error' ? `worker="${event.pool}" ${event.message}` : undefined;
    case 'stopped':
      return undefined;
  }
}
