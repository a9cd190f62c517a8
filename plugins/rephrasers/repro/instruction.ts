import { cutAtPage } from '../../prompt-template.ts';
import type { ReproConfig } from './config.ts';

/** The words around a page. A page is put between `head` and `tail` and never searched for patterns. */
export interface Instruction {
  readonly system: string;
  readonly head: string;
  readonly tail: string;
}

export function instructionOf({ prompt, system, opener }: ReproConfig): Instruction {
  const words = prompt === undefined ? ourWords(opener) : cutAtPage(prompt);
  return { system: system ?? 'You are a helpful assistant that rewrites web pages.', ...words };
}

/** What the paper asks for, in words that a small instruct model follows too. */
function ourWords(opener: string): { readonly head: string; readonly tail: string } {
  return {
    head:
      'Paraphrase the following web page. Say everything that it says, in clear and well-formed sentences of the same ' +
      'language. Keep each fact, name, number and quotation, and keep paragraphs, lists, tables and code in their form. ' +
      'Leave out menus, buttons, notices and footers that are no part of the content; where a sentence mixes both, keep ' +
      'the content. Add nothing of your own.\n\n',
    tail: `\n\nAnswer with the line "${opener}" followed by the paraphrased page and nothing else.`,
  };
}
