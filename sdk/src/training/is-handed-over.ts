import type { Store } from '../run/store.ts';
import { readHandedOver, type TrainResult } from './train-result.ts';

/** Whether `train/model` is the model of this result, with every file as long as it was. */
export async function isHandedOver(store: Store, { algorithm, key, choiceKey }: TrainResult): Promise<boolean> {
  const there = await readHandedOver(store);
  if (there?.algorithm !== algorithm || there.key !== key || there.choiceKey !== choiceKey) {
    return false;
  }
  const sizes = await Promise.all(there.files.map(({ name }) => store.size(name)));
  return there.files.every(({ bytes }, index) => sizes[index] === bytes);
}
