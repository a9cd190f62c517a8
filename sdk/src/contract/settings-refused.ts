/**
 * What a plugin throws, from any hook, when the settings of its entry can work for no document: the host makes it an
 * error of the recipe at the entry's place. Anything else that a hook throws is the plugin's own fault.
 *
 * @example
 * throw new SettingsRefusedError('sampling.maxTokens is 30, which is too short for any answer; raise it.');
 */
export class SettingsRefusedError extends Error {
  /** Two copies of this package know each other's by it. */
  readonly code = 'REPRO_SETTINGS_REFUSED';

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
