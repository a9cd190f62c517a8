import type { CompletedCompletion } from '../contract/model.ts';

/** A finished answer with this text; tokens are counted as words. For tests of `parse`. */
export function fakeCompletion(text: string, differences: Partial<CompletedCompletion> = {}): CompletedCompletion {
  return {
    outcome: 'completed',
    text,
    finishReason: 'stop',
    tokens: countWords(text),
    promptTokens: 0,
    thinkPrefilled: false,
    ...differences,
  };
}

/** Stands for a tokenizer wherever the kit needs one. */
export function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}
