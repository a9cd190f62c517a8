const mostCharacters = 40;

/** A value that a plugin gave, in a few words for a message: never a whole page, and never an error of its own. */
export function describeFound(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > mostCharacters
      ? `${JSON.stringify(value.slice(0, mostCharacters))}... (${value.length} characters)`
      : JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `a list of ${value.length}`;
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 5).join(', ').slice(0, 60)}`;
  }
  return typeof value === 'bigint' ? `${String(value).slice(0, mostCharacters)}n` : `${String(value)}`;
}
