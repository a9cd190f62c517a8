import { isInsidePair } from '../../contract/count-characters.ts';
import type { Edit } from './edit.ts';

/** Ends the text in the middle of a sentence, with 40 to 80 % of it said. */
export const cutOff: Edit = (text, random) => {
  const at = Math.floor(text.length * (0.4 + 0.4 * random()));
  const whole = text.slice(0, isInsidePair(text, at) ? at - 1 : at);
  // Between words where there are spaces, and not behind the end of a sentence.
  const words = whole.replace(/(?<=\S)\s+\S{0,30}$/u, '').replace(/[\s\p{P}]+$/u, '');
  return words === '' ? undefined : words;
};
