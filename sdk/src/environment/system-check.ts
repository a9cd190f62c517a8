/** One line of `repro doctor`. */
export interface SystemCheck {
  readonly name: string;
  /** `missing`: repro cannot run models here. `warning`: it can, but look at this. */
  readonly status: 'ok' | 'warning' | 'missing';
  readonly found: string;
  readonly expected: string;
  /** The next step, for everything but `ok`. */
  readonly cure?: string;
}
