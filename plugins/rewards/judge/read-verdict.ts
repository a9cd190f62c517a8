import type { Completion } from '@repro/sdk/contract';
import { plainWords } from './plain-words.ts';
import { quote } from './quote.ts';

/** A judge's rating, or what went wrong with the judge: that says nothing about the text and is never a score. */
export type Verdict =
  | { readonly outcome: 'read'; readonly rating: number }
  | { readonly outcome: 'unread'; readonly reason: string };

/**
 * Reads the answer behind the judge's reasoning, as a whole. A page cannot speak for the judge: an answer that repeats a
 * judged text is none, and where a judged text holds the end of a think block, only an empty block is taken for one.
 */
export function readVerdict(
  completion: Completion | undefined,
  judged: readonly string[],
  read: (answer: string) => number | undefined,
): Verdict {
  if (completion?.outcome !== 'completed') {
    return unread(`judge failed: ${completion?.reason ?? 'it gave no completion'}`);
  }
  const { text, finishReason, tokens } = completion;
  if (finishReason !== 'stop') {
    return unread(`judge answered ${quote(text)} and was cut off after ${tokens} tokens`);
  }
  const answer = withoutReasoning(text, judged);
  const rating = isEcho(text, judged) || isEcho(answer, judged) ? undefined : read(answer);
  return rating === undefined ? unread(`judge answered ${quote(answer)}`) : { outcome: 'read', rating };
}

function unread(reason: string): Verdict {
  return { outcome: 'unread', reason };
}

const emptyBlock = /^\s*<think>\s*<\/think>/;
const blockEnd = '</think>';

/** A block that does not end stays, and is no rating. Some chat templates put the beginning of the block into the prompt. */
function withoutReasoning(text: string, judged: readonly string[]): string {
  const answer = text.replace(emptyBlock, '');
  const end = judged.some((other) => other.includes(blockEnd)) ? -1 : answer.indexOf(blockEnd);
  return end === -1 ? answer : answer.slice(end + blockEnd.length);
}

function isEcho(answer: string, judged: readonly string[]): boolean {
  const words = plainWords(answer);
  return words !== '' && judged.some((text) => plainWords(text) === words);
}
