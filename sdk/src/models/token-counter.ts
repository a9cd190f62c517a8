import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';

/**
 * Counts tokens the way the engine sees a page: without special tokens, and with a control marker that stands in the
 * text (`<|im_end|>`) as the plain characters it is.
 */
export async function loadTokenCounter(tokenizerFolder: string): Promise<(text: string) => number> {
  const read = async (name: string) => JSON.parse(await readFile(join(tokenizerFolder, name), 'utf8'));
  const [tokenizerJson, tokenizerConfig] = await Promise.all([read('tokenizer.json'), read('tokenizer_config.json')]);
  const added = (tokenizerJson.added_tokens ?? []) as readonly { readonly special?: boolean }[];
  const plain = { ...tokenizerJson, added_tokens: added.filter(({ special }) => special !== true) };
  const tokenizer = new Tokenizer(plain, tokenizerConfig);
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
}
