import { advanceCharacters } from '../contract/count-characters.ts';
import { type JsonWritable, stringifyJson } from '../contract/json-text.ts';
import type { Document, Passage } from '../contract/rephraser.ts';
import { splitText } from '../contract/split-text.ts';
import { UntrainableMethodError } from '../errors/untrainable-method.ts';
import { promptMessage } from '../models/engine-messages.ts';
import type { BoundRephraser, ModelWindow } from '../rephrasers/bind-rephraser.ts';
import { itemSeed } from '../rephrasers/item-seed.ts';
import type { Store } from '../run/store.ts';
import { chooseHeldOut } from './choose-held-out.ts';
import { indexHeldOut } from './index-held-out.ts';
import type { TrainingDecisions } from './profiles.ts';

export interface TrainingDataOptions {
  readonly rephraser: BoundRephraser;
  readonly window: ModelWindow;
  readonly passage: TrainingDecisions['passage'];
  readonly maxCharacters: number | undefined;
  /** False: only what is held out is written. */
  readonly withPassages: boolean;
  /** 0: nothing is held out. */
  readonly heldOutDocuments: number;
  readonly seed: number;
}

export interface WrittenPassages {
  readonly file: string;
  readonly rows: number;
  readonly documents: number;
  readonly sha256: string;
}

export interface TrainingData {
  /** Undefined where something else than the dataset is trained on. */
  readonly passages: WrittenPassages | undefined;
  /** Undefined where nothing is held out. */
  readonly heldOut: WrittenPassages | undefined;
  /** Documents that are not trained on, as their text is a part of a held-out one or contains one. */
  readonly copies: number;
  /** Whether something that could be trained on is of a held-out document: by its id, or by its text. */
  readonly isHeldOut: (source: { readonly documentId?: string | undefined; readonly text: string }) => boolean;
}

/** The paper's passage: so many characters from the beginning of a document. */
const charactersOfPaper = 7000;

/**
 * Writes `passages.jsonl` and `held-out.jsonl` into a folder of the run: the passages that `split` makes, each with the prompt
 * that `recycle` would ask. `read` is called twice. Memory grows with the held-out texts, and not with the others.
 */
export async function writeTrainingData(
  store: Store,
  folder: string,
  read: () => AsyncIterable<Document>,
  options: TrainingDataOptions,
): Promise<TrainingData> {
  const heldOutTexts = await chooseHeldOut(
    (async function* () {
      for await (const { text } of options.heldOutDocuments === 0 ? [] : read()) {
        yield text;
      }
    })(),
    { most: options.heldOutDocuments, seed: options.seed },
  );
  await using passages = await openRows(store, `${folder}/passages.jsonl`);
  await using heldOut = await openRows(store, `${folder}/held-out.jsonl`);
  const index = indexHeldOut(heldOutTexts.all);
  const heldOutIds = new Set<string>();
  const writtenTexts = new Set<string>();
  let copies = 0;
  for await (const document of read()) {
    if (heldOutTexts.has(document.text)) {
      heldOutIds.add(document.id);
      if (!writtenTexts.has(document.text)) {
        writtenTexts.add(document.text);
        const cut = passagesOf(document, options);
        const place = options.passage === 'first' ? 0 : itemSeed(options.seed, 'held-out', document.id) % cut.length;
        await heldOut.add(document, cut.slice(place, place + 1), options.rephraser);
      }
    } else if (index.holds(document.text)) {
      heldOutIds.add(document.id);
      copies += options.withPassages ? 1 : 0;
    } else if (options.withPassages) {
      const cut = passagesOf(document, options);
      await passages.add(document, options.passage === 'first' ? cut.slice(0, 1) : cut, options.rephraser);
    }
  }
  return {
    passages: options.withPassages ? await passages.publish() : undefined,
    heldOut: heldOutTexts.all.length === 0 ? undefined : await heldOut.publish(),
    copies,
    isHeldOut: ({ documentId, text }) =>
      (documentId !== undefined && heldOutIds.has(documentId)) || index.holds(text) || heldOutTexts.has(text),
  };
}

function passagesOf(document: Document, options: TrainingDataOptions): readonly Passage[] {
  const { rephraser, window, passage, maxCharacters } = options;
  if (passage === 'first') {
    const text = document.text.slice(0, advanceCharacters(document.text, 0, maxCharacters ?? charactersOfPaper));
    return rephraser.split({ ...document, text }, window);
  }
  const cut = rephraser.split(document, window);
  return maxCharacters === undefined ? cut : cut.flatMap((one) => shortened(one, maxCharacters));
}

/** A passage with state stays whole: only the plugin knows what its state says about a part of the text. */
function shortened(passage: Passage, maxCharacters: number): readonly Passage[] {
  if (passage.state !== undefined) {
    return [passage];
  }
  return splitText(passage.text, { maxCharacters }).map(({ before, text }, index) => ({
    ...passage,
    before: index === 0 ? passage.before + before : before,
    text,
  }));
}

/** The one prompt of a passage that its answer can be trained on. */
export function promptOf(rephraser: BoundRephraser, passage: Passage): JsonWritable {
  const prompts = rephraser.prompt(passage);
  const [prompt] = prompts;
  if (prompt === undefined || prompts.length > 1) {
    const why = `asks ${prompts.length} prompts for a passage, and one answer is compared with others to one prompt`;
    throw new UntrainableMethodError({ method: rephraser.name, why });
  }
  const { model = 'default' } = prompt;
  if (model !== 'default') {
    const why = `asks its model role "${model}", and the one that is trained is "default"`;
    throw new UntrainableMethodError({ method: rephraser.name, why });
  }
  return promptMessage(prompt) as JsonWritable;
}

/** A file of rows that nobody sees until it is published. */
export async function openRows(store: Store, path: string) {
  const file = await store.stage(path.slice(path.lastIndexOf('/') + 1));
  const count = { rows: 0, documents: 0 };
  return {
    async add({ id: documentId, metadata }: Document, passages: readonly Passage[], rephraser: BoundRephraser) {
      const first = count.rows;
      const lines = passages.map((passage, index) =>
        stringifyJson({
          row: first + index,
          documentId,
          passage: passage as unknown as JsonWritable,
          metadata,
          prompt: promptOf(rephraser, passage),
        }),
      );
      count.rows += lines.length;
      count.documents += lines.length > 0 ? 1 : 0;
      await (lines.length > 0 && file.write(`${lines.join('\n')}\n`));
    },

    async publish(): Promise<WrittenPassages> {
      await (count.rows === 0 && file.write(''));
      const { sha256 } = await file.seal();
      await file.publish(path);
      return { file: path, ...count, sha256 };
    },

    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
