import { ReproError } from '@repro/bridge';

/** A model asks for an engine that cannot be started here. */
export class EngineMissingError extends ReproError {
  readonly code = 'REPRO_ENGINE_MISSING';
  readonly model: string;
  readonly engine: string;

  constructor({
    model,
    engine,
    startable,
  }: { readonly model: string; readonly engine: string; readonly startable: readonly string[] }) {
    super(`Model "${model}" runs on the engine "${engine}"; this release starts ${startable.join(', ')}.`, {
      hint: `Use \`--set models.${model}.engine=${startable[0]}\` on a machine that holds the model; \`--dry-run\` needs no engine.`,
    });
    this.model = model;
    this.engine = engine;
  }
}
