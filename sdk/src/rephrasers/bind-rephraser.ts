import type { CompletedCompletion, Completion, Prompt, Sampling } from '../contract/model.ts';
import type { Document, Passage, RephrasedPart, RephraserV1, Rephrasing } from '../contract/rephraser.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import { bindConfig, type EntryPlace, noPlace, withHashedFiles } from '../plugins/bind-config.ts';
import { describeFound } from '../plugins/describe-found.ts';
import { refusalOfSettings } from '../plugins/refusal-of-settings.ts';
import { type Fault, findFaultOfPassages, findFaultOfRephrasing } from './find-fault-of-rephrasing.ts';

/** One prompt with everything that decides its answer. */
export interface Question {
  readonly prompt: Prompt;
  readonly sampling: Sampling;
  readonly seed: number;
}

/** What a rephraser needs of the model behind its default role. */
export interface ModelWindow {
  readonly countTokens: (text: string) => number;
  readonly contextTokens: number;
}

/** What the session gives to a bound rephraser. */
export interface RephraserHost {
  /** One completion per question, in order. Questions of one `affinity` go to the same replica while it has room. */
  readonly ask: (
    questions: readonly Question[],
    options: { readonly affinity: string; readonly abortSignal: AbortSignal },
  ) => Promise<readonly Completion[]>;
  /** Starts the endpoint when it is not there yet. */
  readonly window: () => Promise<ModelWindow>;
  /** Key of the endpoint behind each role; the default one stands in the ledger. Empty when it asks no model. */
  readonly endpoints: ReadonlyMap<string, string>;
  readonly seed: number;
}

/** A rephraser with its config parsed and closed over. Its functions turn a plugin's fault into a PluginContractError. */
export interface BoundRephraser {
  /** `method` in records and ledger. */
  readonly name: string;
  readonly plugin: RephraserV1;
  /** The parsed config with its files' content instead of their paths, for the stage key only. */
  readonly config: unknown;
  readonly sampling: Sampling;
  readonly host: RephraserHost;
  readonly split: (document: Document, window: ModelWindow) => readonly Passage[];
  readonly prompt: (passage: Passage) => readonly Prompt[];
  readonly parse: (completions: readonly CompletedCompletion[], passage: Passage) => Rephrasing;
  readonly join: (parts: readonly RephrasedPart[], document: Document) => string;
}

/** The paper's sampling (section 3.2 of the method): what a recipe does not say. */
const defaultSampling: Sampling = { temperature: 1, topP: 0.9, maxTokens: 2048 };

/** Parses a rephraser's config and closes over it. */
export async function bindRephraser<Config>(
  rephraser: RephraserV1<Config>,
  rawConfig: Readonly<Record<string, unknown>>,
  host: RephraserHost,
  options: {
    readonly as?: string | undefined;
    readonly sampling?: Sampling | undefined;
    readonly place?: EntryPlace;
  } = {},
): Promise<BoundRephraser> {
  const { place = noPlace } = options;
  const config = await bindConfig(rephraser.configSchema, rawConfig, place);
  const name = options.as ?? rephraser.name;
  const sampling = { ...defaultSampling, ...options.sampling };
  const broken = (what: string, found: string, expected: string, cause?: unknown) =>
    new PluginContractError({ plugin: `rephraser "${name}"`, what, found, expected, cause });
  // What it throws is its fault, unless it says that it is the recipe's.
  const total = <Result>(what: string, run: () => Result): Result => {
    try {
      return run();
    } catch (error) {
      const found = error instanceof Error ? `${error.name}: ${error.message}` : describeFound(error);
      throw refusalOfSettings(error, place) ?? broken(what, found, 'a value: its functions are total', error);
    }
  };
  const check = (what: string, fault: Fault | undefined) => {
    if (fault !== undefined) {
      throw broken(fault.field === '' ? what : `${what}, ${fault.field}`, fault.found, fault.expected);
    }
  };
  return {
    name,
    plugin: rephraser as RephraserV1,
    config: await withHashedFiles(config, rephraser.configSchema),
    sampling,
    host,
    split: (document, window) => {
      const what = `split() of document "${document.id}"`;
      const passages = total(what, () => rephraser.split(document, { config, sampling, ...window }));
      check(what, findFaultOfPassages(passages));
      const misplaced = passages.findIndex(({ documentId, index }, at) => documentId !== document.id || index !== at);
      if (misplaced !== -1) {
        const { documentId, index } = passages[misplaced] as Passage;
        throw broken(what, `passage ${index} of ${documentId}`, `passage ${misplaced}`);
      }
      return passages;
    },
    prompt: (passage) => {
      const what = `prompt() of ${placeOf(passage)}`;
      const prompts = total(what, () => [rephraser.prompt(passage, config)].flat() as readonly Prompt[]);
      const wrong = prompts.findIndex((prompt) => !isPrompt(prompt));
      if (wrong !== -1) {
        throw broken(what, describeFound(prompts[wrong]), 'prompts with messages or a text');
      }
      return prompts;
    },
    parse: (completions, passage) => {
      const what = `parse() of ${placeOf(passage)}`;
      const rephrasing = total(what, () => rephraser.parse(completions, passage, config));
      check(what, findFaultOfRephrasing(rephrasing));
      return rephrasing;
    },
    join: (parts, document) => {
      const what = `join() of document "${document.id}"`;
      const text = total(what, () => rephraser.join(parts, document, config));
      if (typeof text !== 'string' || !text.isWellFormed()) {
        throw broken(what, describeFound(text), 'a text in well-formed Unicode');
      }
      return text;
    },
  };
}

function placeOf({ documentId, index }: Passage): string {
  return `document "${documentId}", passage ${index}`;
}

function isPrompt(prompt: unknown): boolean {
  const { text, messages } = (prompt ?? {}) as { readonly text?: unknown; readonly messages?: unknown };
  return typeof text === 'string' || Array.isArray(messages);
}
