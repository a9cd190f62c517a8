import { Flags } from '@oclif/core';
import type { TrainedClassifier } from '../../../stages/train-classifier.ts';
import { listenForInterrupt } from '../../interrupt.ts';
import { openProgress } from '../../progress.ts';
import { ReproCommand } from '../../repro-command.ts';

export default class ClassifierTrain extends ReproCommand {
  static override summary = 'Train the head of a quality reward from pages that somebody has labelled.';
  static override description =
    'One half of the pages, those whose sha256 of the text begins with 0 to 7, trains the head. The other half measures it; train a rephraser with that half only.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --probe --pages labelled.jsonl --label score --positive 4 --out head.json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    probe: Flags.boolean({ required: true, description: 'Train a linear head for the reward quality-probe.' }),
    pages: Flags.string({ required: true, helpValue: 'FILE', description: 'Labelled pages (.jsonl).' }),
    text: Flags.string({ default: 'text', helpValue: 'FIELD', description: 'Field of the page.' }),
    label: Flags.string({ required: true, helpValue: 'FIELD', description: 'Field of the label, a number.' }),
    positive: Flags.string({ required: true, helpValue: 'N', description: 'Pages of this label or more are good.' }),
    encoder: Flags.string({
      default: 'builtin:smollm2-135m',
      helpValue: 'MODEL',
      description: 'Frozen model that reads the pages.',
    }),
    layer: Flags.integer({ default: 10, min: 1, description: 'Layer that is read; more layers take longer.' }),
    'most-tokens': Flags.integer({ default: 256, min: 1, description: 'Tokens that are read of each page.' }),
    folds: Flags.integer({ default: 5, min: 2, description: 'Parts for cross-validation.' }),
    seed: Flags.integer({ default: 7, description: 'The same seed and pages give the same head.' }),
    out: Flags.string({ default: 'head.json', helpValue: 'FILE', description: 'Where the head is written.' }),
  };

  async run(): Promise<TrainedClassifier> {
    const { flags } = await this.parse(ClassifierTrain);
    const positive = Number(flags.positive);
    if (!Number.isFinite(positive)) {
      this.error(`--positive: found ${flags.positive}, expected a number`, { exit: 2 });
    }
    using progress = openProgress();
    using interrupt = listenForInterrupt(progress.say);
    const { trainClassifier } = await import('../../../stages/train-classifier.ts');
    let saidAt = Number.NEGATIVE_INFINITY;
    const { probe: _probe, out: output, 'most-tokens': mostTokens, json: _json, ...rest } = flags;
    const trained = await trainClassifier({
      ...rest,
      reward: 'quality-probe',
      positive,
      mostTokens,
      output,
      abortSignal: interrupt.signal,
      onEvent: (event) => {
        if (event.type !== 'progress' || event.total === null) {
          progress.show({ type: 'worker', event });
        } else if (performance.now() - saidAt > 5000) {
          saidAt = performance.now();
          progress.say(`${event.message}: ${event.done} of ${event.total}`);
        }
      },
    });
    progress[Symbol.dispose]();
    const { folds, heldOut } = trained.auc;
    this.log(trained.output);
    this.log(`AUC in ${flags.folds} folds: ${describe(folds)}`);
    this.log(`AUC on the other half: ${describe(heldOut)}`);
    return trained;
  }
}

function describe({ value, low, high, good, other }: TrainedClassifier['auc']['folds']): string {
  return `${value.toFixed(3)} (95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}; ${good} good pages, ${other} others)`;
}
