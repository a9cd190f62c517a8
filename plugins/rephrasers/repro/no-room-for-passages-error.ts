import { SettingsRefusedError } from '@repro/sdk/contract';

interface Details {
  readonly contextTokens: number;
  readonly instructionTokens: number;
  readonly completionTokens: number;
  readonly tight: 'completion' | 'window';
}

/** The model's window or `sampling.maxTokens` is too small for any passage; the recipe has to change. */
export class NoRoomForPassagesError extends SettingsRefusedError {
  readonly contextTokens: number;
  readonly instructionTokens: number;
  readonly completionTokens: number;

  constructor({ contextTokens, instructionTokens, completionTokens, tight }: Details) {
    super(
      tight === 'completion'
        ? `sampling.maxTokens is ${completionTokens}, which is too short for any rephrasing; raise it.`
        : `The instruction takes ${instructionTokens} tokens and the completion ${completionTokens} (sampling.maxTokens), ` +
            `which leaves no passage in the model's window of ${contextTokens}; lower sampling.maxTokens.`,
    );
    this.contextTokens = contextTokens;
    this.instructionTokens = instructionTokens;
    this.completionTokens = completionTokens;
  }
}
