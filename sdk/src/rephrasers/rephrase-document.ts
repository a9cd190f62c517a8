import { countCharacters } from '../contract/count-characters.ts';
import type { Document } from '../contract/rephraser.ts';
import type { BoundRephraser } from './bind-rephraser.ts';
import { type FinishedPassage, type RejectionPolicy, rephrasePassage } from './rephrase-passage.ts';

/** One output record of a document: the document itself, or one of several made of it. */
export interface RephrasedText {
  /** The document's id, or `<id>#<passage>.<n>`. */
  readonly id: string;
  readonly text: string;
  /** Share of the source characters that stand here in new words. */
  readonly rephrasedShare: number;
  readonly operation?: string | undefined;
}

export interface RephrasedDocument {
  readonly outcome: 'written' | 'dropped' | 'failed';
  /** Why nothing was written. */
  readonly reason?: string | undefined;
  readonly texts: readonly RephrasedText[];
  /** Final passages, in order. */
  readonly passages: readonly FinishedPassage[];
  readonly rephrasedShare: number;
  readonly method: string;
  readonly model: string | undefined;
}

/** The way of a document: split, ask for every passage at once, join what came back. A document without passages is unchanged. */
export async function rephraseDocument(
  rephraser: BoundRephraser,
  document: Document,
  options: {
    readonly policy: RejectionPolicy;
    readonly abortSignal: AbortSignal;
    /** Told how many passages are about to be asked. */
    readonly onSplit?: (passages: number) => void;
  },
): Promise<RephrasedDocument> {
  const { name: method, host } = rephraser;
  const split = rephraser.split(document, await host.window());
  options.onSplit?.(split.length);
  const passages = (await Promise.all(split.map((passage) => rephrasePassage(rephraser, passage, options)))).flat();
  const rephrasedShare = shareOf(passages);
  const ended = { passages, rephrasedShare, method, model: host.endpoints.get('default') };
  if (passages.length === 0) {
    return { outcome: 'written', texts: [{ id: document.id, text: document.text, rephrasedShare: 0 }], ...ended };
  }
  const texts = [...joinedText(rephraser, document, passages), ...expandedTexts(document, passages)];
  if (texts.length > 0) {
    return { outcome: 'written', texts, ...ended };
  }
  const failed = passages.find(({ outcome }) => outcome === 'failed');
  const decisive = failed ?? passages[0];
  return { outcome: failed ? 'failed' : 'dropped', reason: decisive?.reason ?? 'empty', texts: [], ...ended };
}

/** The passages that stay in the page, joined; nothing when none does. */
function joinedText(
  rephraser: BoundRephraser,
  document: Document,
  passages: readonly FinishedPassage[],
): readonly RephrasedText[] {
  const staying = passages.filter(({ text }) => text !== undefined);
  const parts = staying.map(({ passage, text }) => ({ passage, text: text ?? '' }));
  const text = parts.length === 0 ? '' : rephraser.join(parts, document);
  return text.trim() === '' ? [] : [{ id: document.id, text, rephrasedShare: shareOf(staying) }];
}

function expandedTexts(document: Document, passages: readonly FinishedPassage[]): readonly RephrasedText[] {
  return passages.flatMap(({ path, expanded }) =>
    expanded.map(({ text, operation }, index) => ({
      id: `${document.id}#${path}.${index}`,
      text,
      rephrasedShare: 1,
      operation,
    })),
  );
}

/** How much of the source stands in new words, by characters. */
function shareOf(passages: readonly FinishedPassage[]): number {
  const isNew = ({ outcome }: FinishedPassage) => outcome === 'rephrased' || outcome === 'expanded';
  if (passages.every(isNew)) {
    return passages.length === 0 ? 0 : 1;
  }
  const count = (some: readonly FinishedPassage[]) =>
    some.reduce((sum, { passage }) => sum + countCharacters(passage.text), 0);
  const all = count(passages);
  return all === 0 ? 0 : count(passages.filter(isNew)) / all;
}
