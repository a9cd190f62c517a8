import { defineRephraser, joinParts, type Rephrasing, splitText } from '@repro/sdk/contract';
import { z } from 'zod';

/** Longer pages are edited in pieces of this size; 1,500 is the paper's value. */
const Config = z.strictObject({ maxTokens: z.int().positive().default(1500) });

const judgePage = 'Is this page worth keeping in a library? Answer keep_doc() or drop_doc(), nothing else.';
const editLines = `Clean this text by calls, one on each line: keep_all(), remove_lines(first, last),
normalize("old", "new"). Lines are numbered. Remove menus, adverts and debris, and touch nothing else.`;

/** A page carries its pieces, cut while tokens could be counted; a piece carries none. */
const Pieces = z.array(z.object({ before: z.string(), text: z.string() }));

/** ProX (Zhou et al. 2024): a verdict on the page, then a small program that edits each piece of it. */
export const proxRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'prox',
  configSchema: Config,

  split({ id, text }, { config: { maxTokens }, countTokens }) {
    const [, before = '', page = ''] = /^(\s*)(.*)$/s.exec(text.trimEnd()) ?? [];
    const limits = { maxCharacters: 8 * maxTokens, maxTokens, countTokens };
    const state = splitText(page, limits).map((piece) => ({ ...piece }));
    return page === '' ? [] : [{ documentId: id, index: 0, before, text: page, state }];
  },

  prompt({ text, state }, { maxTokens }) {
    const content = state
      ? [`${judgePage}\n\n`, { text, maxTokens, keep: 'head' as const }]
      : [editLines, ...text.split('\n').map((line, number) => `[${number}] ${line}`)].join('\n');
    return { messages: [{ role: 'user', content }], sampling: { temperature: 0 } };
  },

  parse([completion], { documentId, text, state }) {
    if (completion?.finishReason !== 'stop') {
      return { outcome: 'rejected', reason: 'cut-off' };
    }
    const answer = completion.text.trim();
    if (state === undefined) {
      return runProgram(answer, text);
    }
    if (answer === 'keep_doc()') {
      const pieces = Pieces.parse(state);
      return { outcome: 'continue', passages: pieces.map((piece, index) => ({ documentId, index, ...piece })) };
    }
    return answer === 'drop_doc()'
      ? { outcome: 'dropped', reason: 'drop_doc' }
      : { outcome: 'rejected', reason: 'bad-program', detail: 'neither keep_doc() nor drop_doc()' };
  },

  join: joinParts,
});

/** Two unusable calls keep the text as it is; a result of hardly any words is not worth keeping. */
function runProgram(program: string, text: string): Rephrasing {
  let lines: readonly (string | undefined)[] = text.split('\n');
  let unusable = 0;
  for (const call of program.split('\n')) {
    const [, first = -1, last = -1] = (/^remove_lines\((\d+), ?(\d+)\)$/.exec(call) ?? []).map(Number);
    const [, old, replacement = ''] = /^normalize\("(.+)", ?"(.*)"\)$/.exec(call) ?? [];
    if (first >= 0 && first <= last && last < lines.length) {
      lines = lines.map((line, number) => (number >= first && number <= last ? undefined : line));
    } else if (old !== undefined && text.includes(old)) {
      lines = lines.map((line) => line?.replaceAll(old, () => replacement));
    } else if (call !== 'keep_all()') {
      unusable += 1;
    }
  }
  const kept = lines.filter((line) => line !== undefined);
  const edited = kept.join('\n').trim();
  if (unusable >= 2 || edited === text) {
    return { outcome: 'kept' };
  }
  const [wordsBefore = 0, wordsAfter = 0] = [text, edited].map((side) => side.match(/\S+/g)?.length);
  return wordsAfter < Math.max(10, 0.05 * wordsBefore)
    ? { outcome: 'dropped', reason: 'hardly-any-words' }
    : { outcome: 'rephrased', text: edited, operation: 'edit-program' };
}
