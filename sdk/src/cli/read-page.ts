import { readFile } from 'node:fs/promises';
import { UnreadablePageError } from '../errors/unreadable-page.ts';

/** The text of one page; a file that is no UTF-8 is an error, not a page with holes. */
export async function readPage(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw new UnreadablePageError({ file, cause });
  }
}
