import type { CompletedCompletion, RejectionReason, Rephrasing } from '@repro/sdk/contract';
import type { ReproConfig } from './config.ts';
import { findFault } from './find-fault.ts';
import { instructionOf } from './instruction.ts';
import { isLoop } from './is-loop.ts';
import { isRefusal } from './is-refusal.ts';
import { readAnswer } from './read-answer.ts';

/** What the model goes on with when its answer is begun for it. */
export const begunAnswer = (opener: string): string => `${opener}\n\n`;

/** What became of a passage with this text. A cut-off answer is never taken, however good its beginning. */
export function parseAnswer(completion: CompletedCompletion, source: string, config: ReproConfig): Rephrasing {
  const begun = config.prefill ? begunAnswer(config.opener) : '';
  const answer = readAnswer(begun + completion.text, config.opener, source);
  if (answer.found === 'think-open') {
    return reject('think-open', completion.text);
  }
  if (answer.found === 'no-opener') {
    return reject(isRefusal(answer.answer, source) ? 'refusal' : 'no-opener', answer.answer);
  }
  const { text } = answer;
  if (completion.finishReason === 'repetition') {
    return reject('loop', text);
  }
  if (completion.finishReason === 'length') {
    // Half a passage would loop again: it is asked for anew, and not in halves.
    return reject(isLoop(text, source) ? 'loop' : 'cut-off', text);
  }
  if (text === source) {
    return { outcome: 'kept' };
  }
  const fault = findFault(text, source, instructionOf(config));
  return fault ? reject(fault, text) : { outcome: 'rephrased', text };
}

const detailCharacters = 80;

function reject(reason: RejectionReason, answer: string): Rephrasing {
  return { outcome: 'rejected', reason, detail: answer.slice(0, detailCharacters).toWellFormed() };
}
