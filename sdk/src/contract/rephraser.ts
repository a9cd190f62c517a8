import type { JsonObject, JsonValue } from './json-value.ts';
import type { CompletedCompletion, Prompt, Sampling } from './model.ts';
import type { PluginBase } from './plugin.ts';

/** A page as it came from the dataset. */
export interface Document {
  readonly id: string;
  readonly text: string;
  readonly metadata: JsonObject;
}

/** The unit that is rephrased: a stretch of a document and the separator that stood before it. */
export interface Passage {
  readonly documentId: string;
  /** Place among the document's passages, from 0. */
  readonly index: number;
  /** White space between the passage before (or the start of the document) and this one. */
  readonly before: string;
  readonly text: string;
  /** The plugin's own; the host carries it, never reads it, and never halves a passage that has it. */
  readonly state?: JsonValue;
}

export interface SplitContext<Config> {
  readonly config: Config;
  /** Tokens of a text under the default endpoint's tokenizer, without special tokens. */
  readonly countTokens: (text: string) => number;
  /** The entry's sampling: a passage must be short enough that its rephrasing fits `maxTokens`. */
  readonly sampling: Sampling;
  /** Window of the default endpoint: prompt and completion together. */
  readonly contextTokens: number;
}

/** Why an answer was unusable. `(string & {})` keeps the list open for plugins. */
export type RejectionReason =
  | 'no-opener'
  | 'cut-off'
  | 'empty'
  | 'loop'
  | 'refusal'
  | 'echo'
  | 'think-open'
  | 'language-changed'
  | 'bad-program'
  | 'prompt-too-long'
  | 'worker-killed'
  | 'engine-error'
  | (string & {});

/** One new record made of a passage. */
export interface ExpandedText {
  readonly text: string;
  /** Which task made it (`question-answer`, `distill`), so that a mix can tell them apart. */
  readonly operation?: string;
}

/** What became of a passage. */
export type Rephrasing =
  /** A new text, also the result of executing an edit program; `operation` names what was done (`extract`, `delete-lines`). */
  | { readonly outcome: 'rephrased'; readonly text: string; readonly operation?: string }
  /**
   * New records `<id>#<passage>.<n>`, at least one, never joined. `rejected` counts the answers that were unusable
   * while others were good; they are not asked again.
   */
  | {
      readonly outcome: 'expanded';
      readonly texts: readonly ExpandedText[];
      readonly rejected?: readonly { readonly operation?: string; readonly reason: RejectionReason }[];
    }
  /** Verdict: leave the passage as it is. */
  | { readonly outcome: 'kept' }
  /** Verdict: not worth keeping. */
  | { readonly outcome: 'dropped'; readonly reason: string }
  /**
   * Ask again with these in its place (ProX's second level); at most `maxContinueDepth` levels. Their `index` and
   * `before` count inside the passage they replace: the host puts that passage's own `before` in front of the first.
   */
  | { readonly outcome: 'continue'; readonly passages: readonly Passage[] }
  /** Unusable; the recipe's `onRejected` decides what the passage becomes. */
  | { readonly outcome: 'rejected'; readonly reason: RejectionReason; readonly detail?: string };

/** A passage with the text that takes its place; dropped passages are absent. */
export interface RephrasedPart {
  readonly passage: Passage;
  readonly text: string;
}

/** How many levels of `continue` the host follows. */
export const maxContinueDepth = 4;

/** A recycling task. All four functions are pure: no I/O, so they are tested in microseconds. */
export interface RephraserV1<Config = unknown> extends PluginBase<'rephraser', Config> {
  /** Cuts a document on paragraph, then sentence, then word bounds (`splitText` does); an empty list leaves it unchanged. */
  split(document: Document, context: SplitContext<Config>): readonly Passage[];
  /** One prompt, or several that are all asked; an empty list asks nothing and `parse` gets no completions. */
  prompt(passage: Passage, config: Config): Prompt | readonly Prompt[];
  /** Reads the completions of one passage, one per prompt in order. Total on any string: never throws. */
  parse(completions: readonly CompletedCompletion[], passage: Passage, config: Config): Rephrasing;
  /** The document's text from its parts in order, with the separators they had (`joinParts` does). */
  join(parts: readonly RephrasedPart[], document: Document, config: Config): string;
}

/** Infers `Config` from the schema; adds nothing. */
export function defineRephraser<Config>(rephraser: RephraserV1<Config>): RephraserV1<Config> {
  return rephraser;
}
