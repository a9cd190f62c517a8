import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Prompt } from '../contract/model.ts';
import { ExistingOutputError } from '../errors/existing-output.ts';
import type { RephraserEntry } from '../recipe/recipe-schema.ts';
import type { RunReader } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { trainableEndpoint, trainedEndpoints, trainedName } from '../session/trained-endpoint.ts';
import { openPassageFile } from '../training/passage-file.ts';
import { type HandedOver, phaseFolder, readHandedOver } from '../training/train-result.ts';
import type { ExistingPolicy } from './accept-existing-parts.ts';
import { trainKeys } from './stage-key.ts';

/**
 * The session with which `recycle` works: its rephraser asks the trained model where there is one and the recipe does not
 * say `checkpoint: none`. One that this recipe would not make is an ExistingOutputError, unless it is to be kept.
 */
export async function useTrainedModel(
  session: Session,
  options: {
    readonly limit: number | undefined;
    readonly existing: ExistingPolicy;
    /** A run that is only looked at. */
    readonly seen?: RunReader;
  },
): Promise<{ readonly session: Session; readonly trained: HandedOver | undefined }> {
  const { recipe, trainedRephraser, runFolder } = session;
  const name = trainableEndpoint(recipe);
  if (recipe.recycle?.checkpoint === 'none' || trainedRephraser === undefined || name === undefined) {
    return { session, trained: undefined };
  }
  const run = options.seen ?? (await session.openRun());
  const trained = await readHandedOver(run.store);
  if (trained === undefined) {
    if (recipe.train !== undefined) {
      const message = `model ${name} as it is: nothing has been trained in this run yet (--only train,recycle does both)`;
      session.emit({ type: 'note', stage: 'recycle', message });
    }
    return { session, trained };
  }
  await refuseOther(session, run, trained, options);
  const message = `model ${trainedName(name)}: step ${trained.step} of ${phaseFolder(trained.algorithm)}`;
  session.emit({ type: 'note', stage: 'recycle', message });
  const entry = recipe.rephraser as RephraserEntry;
  const own = trainedName(name);
  return {
    session: {
      ...session,
      rephraser: trainedRephraser,
      recipe: {
        ...recipe,
        models: { ...recipe.models, ...trainedEndpoints(recipe, runFolder) },
        rephraser:
          entry.models?.default === undefined
            ? { ...entry, model: own }
            : { ...entry, models: { ...entry.models, default: own } },
      },
    },
    trained,
  };
}

async function refuseOther(
  session: Session,
  run: RunReader,
  trained: HandedOver,
  { limit, existing }: { readonly limit: number | undefined; readonly existing: ExistingPolicy },
): Promise<void> {
  if (session.recipe.train === undefined || existing === 'keep') {
    return;
  }
  if (!(await isAsWanted(session, trained, limit))) {
    const why = 'trained or chosen with another recipe, limit or model; `--only train` with --redo makes it anew';
    throw new ExistingOutputError({ run: run.folder, parts: [{ part: 'train/model', shard: trained.algorithm, why }] });
  }
}

/** Whether this recipe would train and choose the same model. */
export async function isAsWanted(session: Session, trained: HandedOver, limit: number | undefined): Promise<boolean> {
  const wanted = (await trainKeys(session, limit)).at(-1);
  return wanted?.key === trained.key && wanted.choiceKey === trained.choiceKey;
}

/** Training and recycling must read a prompt as the same tokens. Starts the model. */
export async function checkTrainedPrompt(session: Session, run: RunReader, trained: HandedOver): Promise<void> {
  const name = trainableEndpoint(session.recipe);
  if (name === undefined) {
    return;
  }
  const path = join(run.folder, phaseFolder(trained.algorithm), 'data', 'passages.jsonl');
  await using passages = await openPassageFile(path);
  const { passage } = await passages.read(trained.prompt.row);
  const [prompt] = session.trainedRephraser?.prompt(passage) ?? [];
  const ids = await session.models.render(name, prompt as Prompt);
  if (hash('sha256', JSON.stringify(ids)) !== trained.prompt.sha256) {
    const why = 'its prompts are read as other tokens than in training (another template, tokenizer or instruction)';
    throw new ExistingOutputError({ run: run.folder, parts: [{ part: 'train/model', shard: trained.algorithm, why }] });
  }
}
