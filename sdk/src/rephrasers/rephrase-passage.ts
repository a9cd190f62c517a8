import { countCharacters } from '../contract/count-characters.ts';
import type { CompletedCompletion, Completion } from '../contract/model.ts';
import { type ExpandedText, maxContinueDepth, type Passage, type Rephrasing } from '../contract/rephraser.ts';
import { splitText } from '../contract/split-text.ts';
import type { BoundRephraser } from './bind-rephraser.ts';
import { itemSeed } from './item-seed.ts';

/** What an unusable answer becomes (`onRejected` of the recipe). */
export interface RejectionPolicy {
  readonly retry: number;
  readonly then: 'keep-source' | 'drop';
}

/** How a passage ended: what takes its place and what it cost. */
export interface FinishedPassage {
  readonly passage: Passage;
  /** `3`, or `3.1` for a child of `3`. */
  readonly path: string;
  readonly outcome: 'rephrased' | 'expanded' | 'kept' | 'fell-back' | 'dropped' | 'failed';
  /** The text in its place; undefined when nothing stands there (dropped, expanded). */
  readonly text: string | undefined;
  readonly expanded: readonly ExpandedText[];
  readonly reason?: string | undefined;
  readonly operation?: string | undefined;
  /** The answers that were parsed last. */
  readonly completions: readonly Completion[];
  /** Completions asked for, retries included; those of a passage that was cut count for its first child. */
  readonly attempts: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

interface Cost {
  readonly attempts: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

const nothingYet: Cost = { attempts: 0, promptTokens: 0, completionTokens: 0 };

/** A passage shorter than this is not cut in half any more. */
const leastCharactersToHalve = 40;
/** A little more than a half, so that a bound near the middle makes two pieces and not three. */
const shareOfHalf = 0.6;

/** Reasons that a shorter passage may not have. */
const reasonsToHalve: readonly string[] = ['cut-off', 'prompt-too-long'];

/** Reasons that the same question would have again: `worker-killed` ended its worker each time. */
const reasonsThatStay: readonly string[] = ['prompt-too-long', 'refusal', 'worker-killed'];

const reasonsOfFailure: readonly string[] = ['worker-killed', 'engine-error'];

/** Asks for one passage until it has an outcome. Several come back where it was cut or continued. */
export async function rephrasePassage(
  rephraser: BoundRephraser,
  passage: Passage,
  options: { readonly policy: RejectionPolicy; readonly abortSignal: AbortSignal },
): Promise<readonly FinishedPassage[]> {
  const { policy, abortSignal } = options;
  return attempt(passage, String(passage.index), { depth: 0, tries: 0, spent: nothingYet });

  async function attempt(
    current: Passage,
    path: string,
    state: { readonly depth: number; readonly tries: number; readonly spent: Cost },
  ): Promise<readonly FinishedPassage[]> {
    const { depth, tries } = state;
    const prompts = rephraser.prompt(current);
    const completions =
      prompts.length === 0
        ? []
        : await rephraser.host.ask(
            prompts.map((prompt, index) => ({
              prompt,
              sampling: { ...rephraser.sampling, ...prompt.sampling },
              seed: itemSeed(rephraser.host.seed, current.documentId, path, tries, index),
            })),
            { affinity: current.documentId, abortSignal },
          );
    const spent = addCost(state.spent, completions);
    const result = readAnswer(rephraser, completions, current);
    const finish = (outcome: FinishedPassage['outcome'], rest: Partial<FinishedPassage> = {}): FinishedPassage[] => [
      { passage: current, path, outcome, text: undefined, expanded: [], completions, ...spent, ...rest },
    ];

    switch (result.outcome) {
      case 'rephrased':
        return finish('rephrased', { text: result.text, operation: result.operation });
      case 'expanded':
        return finish('expanded', {
          expanded: result.texts,
          reason: result.rejected?.map(({ reason }) => reason).join(', '),
        });
      case 'kept':
        return finish('kept', { text: current.text });
      case 'dropped':
        return finish('dropped', { reason: result.reason });
      case 'continue':
        return depth < maxContinueDepth
          ? children(inPlaceOf(current, result.passages), path, { depth: depth + 1, tries: 0, spent })
          : settle('continued-too-deep');
      case 'rejected':
        return (await retry(result.reason)) ?? settle(result.reason);
    }

    async function retry(reason: string): Promise<readonly FinishedPassage[] | undefined> {
      if (tries >= policy.retry) {
        return undefined;
      }
      const halves = reasonsToHalve.includes(reason) ? halve(current) : [];
      if (halves.length > 1) {
        return children(halves, path, { depth, tries: tries + 1, spent });
      }
      if (reasonsThatStay.includes(reason)) {
        return undefined;
      }
      // A greedy model gives the same answer again.
      const canDiffer = prompts.some((prompt) => ({ ...rephraser.sampling, ...prompt.sampling }).temperature !== 0);
      return canDiffer ? attempt(current, path, { depth, tries: tries + 1, spent }) : undefined;
    }

    function settle(reason: string): FinishedPassage[] {
      const keep = policy.then === 'keep-source';
      const outcome = reasonsOfFailure.includes(reason) ? 'failed' : keep ? 'fell-back' : 'dropped';
      return finish(outcome, { reason, text: keep ? current.text : undefined });
    }
  }

  async function children(
    passages: readonly Passage[],
    path: string,
    state: { readonly depth: number; readonly tries: number; readonly spent: Cost },
  ): Promise<readonly FinishedPassage[]> {
    const finished = await Promise.all(
      passages.map((child, index) =>
        attempt(child, `${path}.${index}`, { ...state, spent: index === 0 ? state.spent : nothingYet }),
      ),
    );
    return finished.flat();
  }
}

function readAnswer(rephraser: BoundRephraser, completions: readonly Completion[], passage: Passage): Rephrasing {
  const failed = completions.find((completion) => completion.outcome === 'failed');
  return failed === undefined
    ? rephraser.parse(completions as readonly CompletedCompletion[], passage)
    : { outcome: 'rejected', reason: failed.reason };
}

/** The children's separators count inside their parent; the first takes the parent's own. */
function inPlaceOf(parent: Passage, passages: readonly Passage[]): readonly Passage[] {
  return passages.map((child, index) => ({
    ...child,
    documentId: parent.documentId,
    index: parent.index,
    before: index === 0 ? parent.before + child.before : child.before,
  }));
}

/** A passage with state stays whole: only the plugin knows what its state says about a part of the text. */
function halve(passage: Passage): readonly Passage[] {
  const characters = countCharacters(passage.text);
  if (characters < leastCharactersToHalve || passage.state !== undefined) {
    return [passage];
  }
  return inPlaceOf(
    passage,
    splitText(passage.text, { maxCharacters: Math.ceil(characters * shareOfHalf) }).map((piece) => ({
      ...passage,
      ...piece,
    })),
  );
}

function addCost(spent: Cost, completions: readonly Completion[]): Cost {
  return completions.reduce<Cost>(
    (sum, completion) => ({
      attempts: sum.attempts + 1,
      promptTokens: sum.promptTokens + (completion.outcome === 'completed' ? completion.promptTokens : 0),
      completionTokens: sum.completionTokens + (completion.outcome === 'completed' ? completion.tokens : 0),
    }),
    spent,
  );
}
