import type { Instruction } from './instruction.ts';

/** Shorter sentences of an instruction may stand in a page by chance. */
const leastCharacters = 40;

/** Whether an answer repeats a sentence of the instruction that does not stand in the page. */
export function isEcho(text: string, source: string, { system, head, tail }: Instruction): boolean {
  const answer = plain(text);
  const page = plain(source);
  return [system, head, tail]
    .flatMap((words) => words.split(/(?<=[.!?:;])\s+|\n+/))
    .map(plain)
    .some((sentence) => sentence.length >= leastCharacters && answer.includes(sentence) && !page.includes(sentence));
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
