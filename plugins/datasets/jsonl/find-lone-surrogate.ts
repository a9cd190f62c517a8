import type { JsonValue } from '@repro/sdk/contract';

/** Path of the first string or key that holds half a surrogate pair (`meta.title`), which JSON can say and text cannot. */
export function findLoneSurrogate(value: JsonValue, path: readonly string[] = []): string | undefined {
  if (typeof value === 'string') {
    return value.isWellFormed() ? undefined : path.join('.');
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  for (const [key, child] of Object.entries(value)) {
    const found = key.isWellFormed()
      ? findLoneSurrogate(child, [...path, key])
      : [...path, key.toWellFormed()].join('.');
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
