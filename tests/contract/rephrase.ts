import type { RephraserV1 } from '@repro/sdk/contract';
import { bindRephraser, type FakeGenerate, fakeRephraserHost, rephraseDocument } from '@repro/sdk/testing';

/** One page through the host's own loop, with the answers of `generate`. */
export async function rephrase<Config>(
  rephraser: RephraserV1<Config>,
  text: string,
  options: { readonly config?: Record<string, unknown>; readonly generate: FakeGenerate; readonly retry?: number },
) {
  const { config = {}, generate, retry = 0 } = options;
  const bound = await bindRephraser(rephraser, config, fakeRephraserHost({ generate }));
  return rephraseDocument(
    bound,
    { id: 'page', text, metadata: {} },
    // biome-ignore lint/suspicious/noThenProperty: the recipe's own word
    { policy: { retry, then: 'keep-source' }, abortSignal: AbortSignal.timeout(5_000) },
  );
}
