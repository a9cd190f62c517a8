import { defaultOpener } from '../opener.ts';

// U+2800 is the braille blank, which Unicode calls a symbol.
const visible = /[^\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether a text holds nothing to read: no visible character, or the opener of an answer that stopped right after it. */
export function saysNothing(text: string): boolean {
  return !visible.test(text) || text.trim() === defaultOpener;
}
