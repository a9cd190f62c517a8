import cliProgress from 'cli-progress';
import type { SessionEvent, StageName } from '../session/session-event.ts';
import { showOnOneLine } from './show-controls.ts';

export interface ProgressView extends Disposable {
  readonly show: (event: SessionEvent) => void;
  readonly say: (message: string) => void;
}

const secondsBetweenLines = 30;
/** A step of a training takes long and says much. */
const secondsBetweenSteps = 10;

/** Bars on a terminal, else one `key=value` line per change and every 30 seconds. Always on stderr. */
export function openProgress({ terminal = process.stderr.isTTY === true } = {}): ProgressView {
  return terminal ? drawBars() : writeLines();
}

function drawBars(): ProgressView {
  const bars = new cliProgress.MultiBar(
    {
      format: '{stage} {bar} {done} {unit} | {rate}/s | {note}',
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
    const unit = stage === 'train' ? 'steps' : 'pages';
    const bar = bars.create(0, 0, { stage: stage.padEnd(8), done: '0', unit, rate: '-', note: '' });
    const made = { bar, startedAt: performance.now(), before: done };
    byStage.set(stage, made);
    return made;
  };
  // Bars print what is logged when they draw themselves next; before there is one, nothing would.
  const say = (message: string) =>
    bars.isActive ? bars.log(`${showOnOneLine(message)}\n`) : void process.stderr.write(`${showOnOneLine(message)}\n`);
  return {
    show(event) {
      if (event.type === 'training') {
        const { step, steps, secondsLeft } = event;
        const { bar, startedAt, before } = barOf('train', step - 1);
        const rate = (step - before) / Math.max(0.001, (performance.now() - startedAt) / 1000);
        bar.setTotal(steps);
        const left = secondsLeft === null ? '' : `, about ${Math.ceil(secondsLeft)} s left`;
        bar.update(step, { done: `${step}/${steps}`, rate: rate.toFixed(2), note: `${figuresOf(event)}${left}` });
      } else if (event.type === 'progress') {
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
  const isDue = (stage: StageName, seconds: number) => {
    const now = performance.now();
    const due = now - (lastAt.get(stage) ?? Number.NEGATIVE_INFINITY) >= seconds * 1000;
    if (due) {
      lastAt.set(stage, now);
    }
    return due;
  };
  return {
    show(event) {
      if (event.type === 'training') {
        const { algorithm, step, steps, secondsLeft } = event;
        if (isDue('train', secondsBetweenSteps) || step === steps) {
          const left = secondsLeft === null ? '' : ` seconds_left=${Math.ceil(secondsLeft)}`;
          say(`stage=train algorithm=${algorithm} step=${step}/${steps} ${figuresOf(event)}${left}`);
        }
        return;
      }
      if (event.type !== 'progress') {
        const line = lineOf(event);
        if (line !== undefined) {
          say(line);
        }
        return;
      }
      if (isDue(event.stage, secondsBetweenLines)) {
        say(`stage=${event.stage} done=${event.done}${event.total === undefined ? '' : ` total=${event.total}`}`);
      }
    },
    say,
    [Symbol.dispose]: () => undefined,
  };
}

/** What a step came to, in as few words as that takes; what could not be measured is left out. */
function figuresOf(event: Extract<SessionEvent, { type: 'training' }>): string {
  const { total, loss, rewards, kl, lengthRatio, rejectedShare, cutOffShare, unscoredShare, zeroVarianceShare } = event;
  const figures: Readonly<Record<string, number | null>> = {
    total,
    // Of rollouts it says nothing: it begins near 0 and stays there while they get better.
    loss: total === null ? loss : null,
    ...rewards,
    kl,
    length_ratio: lengthRatio,
    rejected: rejectedShare,
    cut_off: cutOffShare,
    unscored: unscoredShare,
    no_spread: zeroVarianceShare,
    tokens_per_second: event.tokensPerSecond,
  };
  return Object.entries(figures)
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${Number(value.toPrecision(3))}`]))
    .join(' ');
}

function evaluationLine(event: Extract<SessionEvent, { type: 'evaluation' }>): string {
  const { algorithm, step, total, rewards, acceptedShare, lengthRatio } = event;
  const figures: Readonly<Record<string, number | undefined>> = {
    total: total?.mean,
    low: total?.low,
    high: total?.high,
    ...rewards,
    accepted: acceptedShare,
    length_ratio: lengthRatio,
  };
  const shown = Object.entries(figures).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${Number(value.toPrecision(3))}`],
  );
  return `stage=train algorithm=${algorithm} held_out_after_step=${step} ${shown.join(' ')}`;
}

function lineOf(event: Exclude<SessionEvent, { type: 'progress' | 'training' }>): string | undefined {
  switch (event.type) {
    case 'stage':
      return `stage=${event.stage} state=${event.state}`;
    case 'part':
      return event.state === 'resumed' && !event.documentsBefore
        ? undefined
        : `stage=${event.stage} part=${event.part} shard=${event.shard} state=${event.state}${event.documentsBefore ? ` kept=${event.documentsBefore}` : ''}`;
    case 'evaluation':
      return evaluationLine(event);
    case 'note':
      return `stage=${event.stage} ${event.message}`;
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
