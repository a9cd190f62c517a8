import type { PluginContext } from './host.ts';
import type { JsonObject, JsonValue } from './json-value.ts';
import type { ModelReference } from './model.ts';
import type { PluginBase } from './plugin.ts';

/** A checkpoint to measure; `generate` and `likelihood` take it as they take an endpoint. */
export interface ModelSubject extends ModelReference {
  readonly tokenizer: string;
}

export interface CorpusPair {
  readonly id: string;
  readonly original: string;
  readonly rephrased: string;
  readonly metadata: JsonObject;
}

/** A recycled corpus to measure. */
export interface CorpusSubject {
  /** Every pair, in source order. */
  pairs(): AsyncIterable<CorpusPair>;
  /** `count` pairs drawn without replacement, the same for the same seed. */
  sample(count: number, seed: number): Promise<readonly CorpusPair[]>;
}

export interface Metric {
  readonly name: string;
  readonly value: number;
  /** How many independent things it was measured on. */
  readonly n: number;
  /** 95 % interval. */
  readonly interval?: readonly [low: number, high: number];
}

export interface EvaluationReport {
  readonly metrics: readonly Metric[];
  readonly tables?: readonly {
    readonly title: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly JsonValue[])[];
  }[];
  /** Vega-Lite specifications with their data inline. */
  readonly charts?: readonly { readonly title: string; readonly specification: JsonObject }[];
}

export type EvaluatorContext<Config> = PluginContext<Config>;

/** What an evaluator can measure. */
export interface EvaluatorSubjects {
  readonly model: ModelSubject;
  readonly corpus: CorpusSubject;
}

/** A measuring task, for a model or for a corpus. */
export interface EvaluatorV1<Config = unknown, Subject extends keyof EvaluatorSubjects = keyof EvaluatorSubjects>
  extends PluginBase<'evaluator', Config> {
  readonly subject: Subject;
  doEvaluate(subject: EvaluatorSubjects[Subject], context: EvaluatorContext<Config>): Promise<EvaluationReport>;
}

/** Infers `Config` from the schema and the subject from its name; adds nothing. */
export function defineEvaluator<Config, Subject extends keyof EvaluatorSubjects>(
  evaluator: EvaluatorV1<Config, Subject>,
): EvaluatorV1<Config, Subject> {
  return evaluator;
}
