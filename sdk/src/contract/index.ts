export { countCharacters } from './count-characters.ts';
export type { DatasetContext, DatasetV1, RawRecord, Shard } from './dataset.ts';
export { defineDataset } from './dataset.ts';
export type {
  CorpusPair,
  CorpusSubject,
  EvaluationReport,
  EvaluatorContext,
  EvaluatorSubjects,
  EvaluatorV1,
  Metric,
  ModelSubject,
} from './evaluator.ts';
export { defineEvaluator } from './evaluator.ts';
export type { ComputeLikelihood, Generate, PluginContext, PluginModels, PluginWorker } from './host.ts';
export { joinParts } from './join-parts.ts';
export type { JsonWritable } from './json-text.ts';
export { JsonLimitError, maxJsonDepth, parseJson, stringifyJson } from './json-text.ts';
export type { JsonObject, JsonValue } from './json-value.ts';
export type {
  ChatMessage,
  CompletedCompletion,
  Completion,
  ComputedLikelihood,
  Likelihood,
  LikelihoodRequest,
  MessagePart,
  ModelFailure,
  ModelReference,
  Prompt,
  PromptCut,
  Sampling,
} from './model.ts';
export type { ConfigSchema, HandlerSource, PluginBase, PluginKind } from './plugin.ts';
export type {
  Document,
  ExpandedText,
  Passage,
  RejectionReason,
  RephrasedPart,
  RephraserV1,
  Rephrasing,
  SplitContext,
} from './rephraser.ts';
export { defineRephraser, maxContinueDepth } from './rephraser.ts';
export type { RewardContext, RewardSample, RewardScore, RewardV1 } from './reward.ts';
export { defineReward } from './reward.ts';
export { SettingsRefusedError } from './settings-refused.ts';
export { splitDocument } from './split-document.ts';
export type { SplitLimits, TextPiece } from './split-text.ts';
export { splitText } from './split-text.ts';
