import { relative } from 'node:path';
import type { ComputeLikelihood, Generate, PluginModels } from '../contract/host.ts';
import type { PluginKind } from '../contract/plugin.ts';
import { type BoundDataset, bindDataset } from '../datasets/bind-dataset.ts';
import { RecipeError } from '../errors/recipe.ts';
import type { ModelEndpoints } from '../models/open-models.ts';
import { isPluginFile, loadPluginFile } from '../plugins/load-plugin-file.ts';
import type { PluginRegistry } from '../plugins/load-plugins.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { AnyPlugin, PluginByKind } from '../plugins/plugin-kinds.ts';
import { pythonReward } from '../plugins/python-reward.ts';
import { nearest } from '../recipe/describe-issues.ts';
import type { Recipe } from '../recipe/load-recipe.ts';
import { hostKeys, type RephraserEntry, type RewardEntry } from '../recipe/recipe-schema.ts';
import type { RecipePath } from '../recipe/recipe-source.ts';
import { type BoundRephraser, bindRephraser, type RephraserHost } from '../rephrasers/bind-rephraser.ts';
import { itemSeed } from '../rephrasers/item-seed.ts';
import type { BoundRoute } from '../rephrasers/route-document.ts';
import { type BoundReward, bindReward } from '../rewards/bind-reward.ts';
import { checkFilter } from './check-filter.ts';
import { checkTraining } from './check-training.ts';
import type { HandlerWorkers } from './handler-workers.ts';
import type { StageName } from './session-event.ts';
import { trainedName } from './trained-endpoint.ts';

/** Every entry of a recipe with its plugin found, checked and bound. */
export interface BoundRecipe {
  readonly dataset: BoundDataset | undefined;
  readonly rephraser: BoundRephraser | BoundRoute | undefined;
  /** The same rephraser, asking what `train` has made of its model. */
  readonly trainedRephraser: BoundRephraser | undefined;
  readonly rewards: readonly BoundReward[];
  /** Files of one's own that are plugins; named as from the recipe's folder. */
  readonly pluginFiles: readonly UsedPluginFile[];
}

export interface UsedPluginFile {
  /** Whose output it shapes. */
  readonly stage: StageName;
  readonly name: string;
  readonly sha256: string;
}

interface Entry {
  readonly use: string | object;
  readonly as?: string | undefined;
  readonly model?: string | undefined;
  readonly models?: Readonly<Record<string, string>> | undefined;
}

/** Finds and binds the plugins of a recipe; the checks come in the order of the contract, each with its own error. */
export async function bindRecipe(
  recipe: Recipe,
  host: { readonly plugins: PluginRegistry; readonly models: ModelEndpoints; readonly handlers: HandlerWorkers },
): Promise<BoundRecipe> {
  const { plugins, models, handlers } = host;
  const { locate, seed } = recipe;
  const pluginFiles: UsedPluginFile[] = [];

  const dataset = recipe.dataset && (await bindDatasetEntry(recipe.dataset));
  const rewards: BoundReward[] = [];
  for (const [index, entry] of recipe.rewards.entries()) {
    rewards.push(await bindRewardEntry(entry, ['rewards', index], 'score'));
  }
  checkNames(rewards, recipe);
  checkFilter(rewards, recipe);
  const rephraser = recipe.rephraser && (await bindRephraserOrRoute(recipe.rephraser));
  checkTraining(recipe, rewards, rephraser);
  const trainedRephraser =
    rephraser === undefined || 'by' in rephraser
      ? undefined
      : askingTrained(rephraser, recipe.rephraser as RephraserEntry);
  return { dataset, rephraser, trainedRephraser, rewards, pluginFiles };

  /** The plugin that an entry names: of a package, of a file of one's own, or the object itself. */
  async function findPlugin<Kind extends Exclude<PluginKind, 'evaluator'>>(
    kind: Kind,
    entry: Entry,
    path: RecipePath,
    stage: StageName,
  ): Promise<PluginByKind[Kind]> {
    const place = { path, locate, hostKeys: hostKeys[kind] };
    const { use } = entry;
    const isPython = kind === 'reward' && use === 'python';
    if (!isPython && !isPluginFile(use)) {
      return plugins.resolve(kind, use);
    }
    const { plugin, file } = isPython
      ? await pythonReward(ownConfig(entry, 'reward'), place)
      : await loadPluginFile(kind, String(use), place);
    pluginFiles.push({ stage, name: relative(recipe.folder, file.path), sha256: file.sha256 });
    return plugin as PluginByKind[Kind];
  }

  async function bindDatasetEntry(entry: Entry): Promise<BoundDataset> {
    const path = ['dataset'];
    const plugin = await findPlugin('dataset', entry, path, 'recycle');
    const options = { as: entry.as, place: { path, locate, hostKeys: hostKeys.dataset } };
    const bound = await bindDataset(plugin, ownConfig(entry, 'dataset'), pluginHost(plugin, entry), options);
    checkEndpoints(plugin, entry, path);
    return bound;
  }

  async function bindRewardEntry(entry: RewardEntry, path: RecipePath, stage: StageName): Promise<BoundReward> {
    const plugin = await findPlugin('reward', entry, path, stage);
    const { as, weight, threshold, share, timeout: timeoutSeconds, onlyIf } = entry;
    const bound = await bindReward(plugin, ownConfig(entry, 'reward'), pluginHost(plugin, entry), {
      settings: { as, weight, threshold, share, timeoutSeconds, onlyIf },
      place: { path, locate, hostKeys: hostKeys.reward },
    });
    checkEndpoints(plugin, entry, path);
    return bound;
  }

  async function bindRephraserOrRoute(entry: NonNullable<Recipe['rephraser']>): Promise<BoundRephraser | BoundRoute> {
    if (!('route' in entry)) {
      return bindRephraserEntry(entry as RephraserEntry, ['rephraser']);
    }
    const { by, cases } = entry.route as Extract<typeof entry, { route: { by: RewardEntry } }>['route'];
    const path = ['rephraser', 'route'];
    return {
      by: await bindRewardEntry(by, [...path, 'by'], 'recycle'),
      cases: await Promise.all(
        cases.map(async ({ below, to, then }, index) => {
          const at = [...path, 'cases', index];
          if ((to === undefined) === (then === undefined)) {
            throw new RecipeError([{ path: at, message: 'expected either "to:" or "then:"', place: locate(at) }]);
          }
          return { below, to: to === undefined ? (then ?? 'keep') : await bindRephraserEntry(to, [...at, 'to']) };
        }),
      ),
    };
  }

  async function bindRephraserEntry(entry: RephraserEntry, path: RecipePath): Promise<BoundRephraser> {
    const plugin = await findPlugin('rephraser', entry, path, 'recycle');
    const bound = await bindRephraser(
      plugin,
      ownConfig(entry, 'rephraser'),
      rephraserHost(plugin, endpointsOf(plugin, entry), path),
      { as: entry.as, sampling: entry.sampling, place: { path, locate, hostKeys: hostKeys.rephraser } },
    );
    checkEndpoints(plugin, entry, path);
    return bound;
  }

  function rephraserHost(plugin: AnyPlugin, roles: ReadonlyMap<string, string>, path: RecipePath): RephraserHost {
    const model = roles.get('default');
    return {
      endpoints: roles,
      seed,
      window: async () => (model === undefined ? noWindow(plugin.name) : models.window(model)),
      async ask(questions, { affinity, abortSignal }) {
        const asked = questions.map((question) => {
          const role = question.prompt.model ?? 'default';
          return { question, endpoint: roles.get(role) ?? unknownRole(plugin, role, path) };
        });
        const [first] = asked;
        if (first !== undefined && asked.every(({ endpoint }) => endpoint === first.endpoint)) {
          return models.ask(first.endpoint, questions, { affinity, abortSignal });
        }
        const answers = await Promise.all(
          asked.map(({ endpoint, question }) => models.ask(endpoint, [question], { affinity, abortSignal })),
        );
        return answers.flat();
      },
    };
  }

  /** Its default role is the trained model; other roles, and the rewards, keep the models that the recipe names. */
  function askingTrained(rephraser: BoundRephraser, entry: RephraserEntry): BoundRephraser | undefined {
    const roles = endpointsOf(rephraser.plugin, entry);
    const model = roles.get('default');
    if (model === undefined) {
      return undefined;
    }
    const trained = new Map(roles).set('default', trainedName(model));
    return { ...rephraser, host: rephraserHost(rephraser.plugin, trained, ['rephraser']) };
  }

  /** Every role that the plugin needs has an endpoint, the endpoint is there, and no other role is named. */
  function checkEndpoints(plugin: AnyPlugin, entry: Entry, path: RecipePath): void {
    const { model, models: named = {} } = entry;
    const roles = endpointsOf(plugin, entry);
    for (const role of plugin.roles ?? []) {
      const endpoint = roles.get(role);
      const key = role === 'default' && named.default === undefined ? ['model'] : ['models', role];
      if (endpoint === undefined) {
        const message = `${plugin.name} needs a model: state "${key.join('.')}:"`;
        throw new RecipeError([{ path, message, place: locate(path) }]);
      }
      if (!Object.hasOwn(recipe.models, endpoint)) {
        const guess = nearest(endpoint, Object.keys(recipe.models));
        const message = `there is no model "${endpoint}" under "models:"${guess ? `; did you mean "${guess}"?` : ''}`;
        throw new RecipeError([{ path: [...path, ...key], message, place: locate([...path, ...key]) }]);
      }
    }
    const unused = [...(model === undefined ? [] : ['default']), ...Object.keys(named)].filter(
      (role) => !roles.has(role),
    );
    if (unused.length > 0) {
      const message = `${plugin.name} uses no model as ${unused.join(', ')}`;
      throw new RecipeError([{ path, message, place: locate(path) }]);
    }
  }

  function pluginHost(plugin: AnyPlugin, entry: Entry): PluginHost {
    const roles = endpointsOf(plugin, entry);
    const signal = (given: AbortSignal | undefined) => given ?? new AbortController().signal;
    const generate: Generate = (model, prompts, { abortSignal, ...sampling }) => {
      const questions = prompts.map((prompt, index) => ({
        prompt,
        sampling: { ...sampling, ...prompt.sampling },
        seed: itemSeed(seed, plugin.name, index),
      }));
      return models.ask(model.name, questions, { abortSignal: signal(abortSignal) });
    };
    const likelihood: ComputeLikelihood = (model, requests, { abortSignal }) =>
      models.likelihood(model.name, requests, { abortSignal: signal(abortSignal) });
    return {
      worker: handlers.register(plugin),
      workerIsFree: handlers.free,
      generate,
      likelihood,
      seed,
      models: async () => {
        const named = [...roles].map(async ([role, endpoint]) => [role, await models.reference(endpoint)] as const);
        // A plugin that names no role asks for none.
        return Object.fromEntries(await Promise.all(named)) as PluginModels;
      },
    };
  }

  function unknownRole(plugin: AnyPlugin, role: string, path: RecipePath): never {
    const message = `${plugin.name} asked for the model role "${role}", which its "roles" do not name`;
    throw new RecipeError([{ path, message, place: locate(path) }]);
  }
}

/** The endpoint that an entry names for each role of its plugin. */
function endpointsOf(plugin: AnyPlugin, { model, models = {} }: Entry): ReadonlyMap<string, string> {
  const named = (plugin.roles ?? []).map((role) => [role, models[role] ?? (role === 'default' ? model : undefined)]);
  return new Map(named.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** Names are distinct, and every gate is one of them. */
function checkNames(rewards: readonly BoundReward[], { locate }: Recipe): void {
  const names = rewards.map(({ name }) => name);
  const problems = rewards.flatMap(({ name, onlyIf }, index) => {
    const path = ['rewards', index];
    const twice = names.indexOf(name) !== index ? [`"${name}" is there twice; name one with "as:"`] : [];
    const noGate = onlyIf !== undefined && !names.includes(onlyIf) ? [`"onlyIf: ${onlyIf}" names no reward`] : [];
    return [...twice, ...noGate].map((message) => ({ path, message, place: locate(path) }));
  });
  if (problems.length > 0) {
    throw new RecipeError(problems);
  }
}

/** What is left for the plugin's own schema. */
function ownConfig(entry: object, kind: Exclude<PluginKind, 'evaluator'>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !hostKeys[kind].includes(key)));
}

function noWindow(plugin: string) {
  return {
    contextTokens: Number.POSITIVE_INFINITY,
    countTokens: (): number => {
      throw new Error(`${plugin} counts tokens but names no model role, so there is no tokenizer to count with.`);
    },
  };
}
