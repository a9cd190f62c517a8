/** `step-000030`: names sort as the steps do. */
export function stepName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/** The step in a name that `stepName` made; undefined for any other. */
export function stepOf(name: string): number | undefined {
  const digits = /^step-(\d{6,})(?:\.|$)/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
