import { scriptedTrainer } from './test-trainer.ts';
import { grpo, learning, openTraining } from './test-training.ts';
import { train } from './train.ts';

/** A host process that is killed by tests: `node test-training-host.ts <folder>` trains on its pages and says a dot at each turn. */
const [folder = ''] = process.argv.slice(2);
const tell = () => void process.stdout.write('.');
const trainer = scriptedTrainer({ answer: learning, onStep: tell });
const lease = { renewMilliseconds: 100, missedRenewals: 10 };
await using session = await openTraining(folder, trainer, { train: { ...grpo, steps: 12 } }, { onEvent: tell, lease });
await train(session);
