import { untilAborted } from '../plugins/until-aborted.ts';
import type { Question, RephraserHost } from '../rephrasers/bind-rephraser.ts';
import { countWords } from './fake-completion.ts';
import { answerPrompt, type FakeGenerate, fakeModel } from './fake-host.ts';

/**
 * What `bindRephraser` needs, without a model: `generate` answers each prompt, tokens are counted as words, the window
 * holds 8,192 of them.
 */
export function fakeRephraserHost({
  generate,
  countTokens = countWords,
  contextTokens = 8192,
  seed = 0,
}: {
  readonly generate: FakeGenerate;
  readonly countTokens?: (text: string) => number;
  readonly contextTokens?: number;
  readonly seed?: number;
}): RephraserHost {
  const answer = ({ prompt, sampling }: Question) =>
    answerPrompt(generate, { model: fakeModel(prompt.model ?? 'default'), prompt, sampling });
  return {
    ask: (questions, { abortSignal }) => untilAborted(() => Promise.all(questions.map(answer)), abortSignal),
    window: async () => ({ countTokens, contextTokens }),
    endpoints: new Map([['default', 'default']]),
    seed,
  };
}
