import type { EvaluationReport, EvaluatorSubjects, EvaluatorV1 } from '../contract/evaluator.ts';
import { bindConfig, type EntryPlace, noPlace } from '../plugins/bind-config.ts';
import { createContext, type PluginHost } from '../plugins/plugin-host.ts';
import { orRefusal } from '../plugins/refusal-of-settings.ts';

/** An evaluator with its config parsed and closed over. */
export interface BoundEvaluator<Subject extends keyof EvaluatorSubjects = keyof EvaluatorSubjects> {
  readonly name: string;
  readonly subject: Subject;
  /** The parsed config, for the stage key only. */
  readonly config: unknown;
  /** Unchecked; call `evaluateSubject`. */
  readonly doEvaluate: (subject: EvaluatorSubjects[Subject], abortSignal: AbortSignal) => Promise<EvaluationReport>;
}

/** Parses an evaluator's config and closes over it. */
export async function bindEvaluator<Config, Subject extends keyof EvaluatorSubjects>(
  evaluator: EvaluatorV1<Config, Subject>,
  rawConfig: Readonly<Record<string, unknown>>,
  host: PluginHost,
  { as, place = noPlace }: { readonly as?: string | undefined; readonly place?: EntryPlace } = {},
): Promise<BoundEvaluator<Subject>> {
  const config = await bindConfig(evaluator.configSchema, rawConfig, place);
  return {
    name: as ?? evaluator.name,
    subject: evaluator.subject,
    config,
    doEvaluate: (subject, abortSignal) =>
      orRefusal(place, async () => evaluator.doEvaluate(subject, await createContext(host, config, abortSignal))),
  };
}
