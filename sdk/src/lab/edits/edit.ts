/** Changes a text in one way; gives nothing where the text has nothing to change in that way. Pure: `random` decides. */
export type Edit = (text: string, random: () => number) => string | undefined;

/** A stretch of a text and what stands there instead. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

export function replaceIn(text: string, { start, end, by }: Replacement): string {
  return `${text.slice(0, start)}${by}${text.slice(end)}`;
}
