import { saysNothing } from '../../rewards/says-nothing.ts';
import { changesScript } from './changes-script.ts';
import type { Instruction } from './instruction.ts';
import { isEcho } from './is-echo.ts';
import { isLoop } from './is-loop.ts';
import { isRefusal } from './is-refusal.ts';

export type Fault = 'empty' | 'loop' | 'refusal' | 'echo' | 'language-changed';

/** Why the text of a whole answer is no rephrasing of its source. */
export function findFault(text: string, source: string, instruction: Instruction): Fault | undefined {
  if (saysNothing(text)) {
    return 'empty';
  }
  if (isRefusal(text, source)) {
    return 'refusal';
  }
  if (isLoop(text, source)) {
    return 'loop';
  }
  if (isEcho(text, source, instruction)) {
    return 'echo';
  }
  return changesScript(text, source) ? 'language-changed' : undefined;
}
