import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelWindow } from '../rephrasers/bind-rephraser.ts';
import { loadTokenCounter } from './token-counter.ts';

const Positions = z.object({ max_position_embeddings: z.int().optional() });
const ModelConfig = Positions.extend({ text_config: Positions.optional() });
const TokenizerConfig = z.object({ model_max_length: z.number().optional() });

/**
 * Window and tokenizer of a model's folder, as an engine would say them after loading it; undefined where the files do not
 * say how many tokens it takes.
 */
export async function describeWindow(folder: string): Promise<ModelWindow | undefined> {
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
  const config = ModelConfig.parse(await read('config.json'));
  const ofModel = (config.text_config ?? config).max_position_embeddings;
  const { model_max_length: ofTokenizer } = TokenizerConfig.parse(await read('tokenizer_config.json'));
  const contextTokens = Math.min(ofModel ?? Number.POSITIVE_INFINITY, ofTokenizer ?? Number.POSITIVE_INFINITY);
  // Tokenizers say 1e30 for "not known".
  return contextTokens < 1e12 ? { countTokens: await loadTokenCounter(folder), contextTokens } : undefined;
}
