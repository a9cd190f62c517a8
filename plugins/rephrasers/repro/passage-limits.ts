import type { SplitContext, SplitLimits } from '@repro/sdk/contract';
import type { ReproConfig } from './config.ts';
import { instructionOf } from './instruction.ts';
import { NoRoomForPassagesError } from './no-room-for-passages-error.ts';

/** How much longer than its passage a rephrasing may be: what the length reward allows (the paper's 1.25). */
const growth = 1.25;
/** An empty think block, and the line break after the opener. */
const answerReserveTokens = 12;
/** What a chat template puts around two messages. */
const templateReserveTokens = 64;
/** Shorter passages would be scraps. */
const leastPassageTokens = 16;

/**
 * Bounds of a passage such that its prompt and a full-length completion fit the model's window, and its rephrasing with
 * the opener fits the completion: no answer has to be cut off. Throws when the recipe leaves no room for that.
 */
export function passageLimits({
  config,
  countTokens,
  sampling,
  contextTokens,
}: SplitContext<ReproConfig>): SplitLimits {
  const { system, head, tail } = instructionOf(config);
  const completionTokens = sampling.maxTokens ?? Math.floor(contextTokens / 2);
  const instructionTokens = countTokens(system) + countTokens(head) + countTokens(tail) + templateReserveTokens;
  const inCompletion = Math.floor((completionTokens - countTokens(config.opener) - answerReserveTokens) / growth);
  const inWindow = contextTokens - instructionTokens - completionTokens;
  const maxTokens = Math.min(inCompletion, inWindow);
  if (maxTokens < leastPassageTokens) {
    throw new NoRoomForPassagesError({
      contextTokens,
      instructionTokens,
      completionTokens,
      tight: inCompletion < inWindow ? 'completion' : 'window',
    });
  }
  return { maxCharacters: config.maxCharacters, maxTokens, countTokens };
}
