import type { EvaluationReport, EvaluatorSubjects, Metric } from '../contract/evaluator.ts';
import { stringifyJson } from '../contract/json-text.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import type { BoundEvaluator } from './bind-evaluator.ts';

/**
 * The checked report on a model or a corpus. A metric that says nothing (no finite number, measured on nothing, a value
 * outside its interval), a repeated name and a table whose rows do not fit its columns are a PluginContractError.
 */
export async function evaluateSubject<Subject extends keyof EvaluatorSubjects>(
  evaluator: BoundEvaluator<Subject>,
  subject: EvaluatorSubjects[Subject],
  { abortSignal }: { readonly abortSignal: AbortSignal },
): Promise<EvaluationReport> {
  abortSignal.throwIfAborted();
  const report = await evaluator.doEvaluate(subject, abortSignal);
  abortSignal.throwIfAborted();
  for (const fault of findFaults(report)) {
    throw new PluginContractError({ plugin: `evaluator "${evaluator.name}"`, ...fault });
  }
  return report;
}

interface Fault {
  readonly what: string;
  readonly found: string;
  readonly expected: string;
}

function* findFaults({ metrics, tables = [], charts = [] }: EvaluationReport): Generator<Fault> {
  const names = metrics.map(({ name }) => name);
  if (names.length === 0 || names.some((name, index) => name === '' || names.indexOf(name) !== index)) {
    yield { what: 'names of metrics', found: names.join(', ') || 'none', expected: 'at least one, each once' };
  }
  for (const metric of metrics) {
    yield* faultsOfMetric(metric);
  }
  for (const { title, columns, rows } of tables) {
    const misfit = rows.find((row) => row.length !== columns.length);
    if (misfit !== undefined) {
      yield { what: `a row of "${title}"`, found: `${misfit.length} cells`, expected: `${columns.length}` };
    }
  }
  try {
    stringifyJson([tables.map(({ rows }) => rows), charts.map(({ specification }) => specification)]);
  } catch (error) {
    yield { what: 'tables and charts', found: (error as Error).message, expected: 'JSON values' };
  }
}

function* faultsOfMetric({ name, value, n, interval }: Metric): Generator<Fault> {
  if (!Number.isFinite(value)) {
    yield {
      what: `metric "${name}"`,
      found: String(value),
      expected: 'a finite number; leave out what was not measured',
    };
  }
  if (!Number.isSafeInteger(n) || n < 1) {
    yield { what: `n of metric "${name}"`, found: String(n), expected: 'a count of at least 1' };
  }
  if (interval !== undefined && !(interval[0] <= value && value <= interval[1] && interval.every(Number.isFinite))) {
    yield { what: `interval of metric "${name}"`, found: interval.join(' to '), expected: `one around ${value}` };
  }
}
