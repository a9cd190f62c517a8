import type { JsonObject, JsonValue } from '@repro/sdk/contract';

/** The text of a record, and every field but the text; or why there is none. */
export function takePage(
  record: JsonObject,
  textField: string,
): { readonly text: string; readonly metadata: JsonObject } | { readonly missing: string } {
  const text = ownField(record, textField);
  if (typeof text !== 'string') {
    const found =
      text === undefined ? `is missing; the record has ${nameKeys(record)}` : `holds ${nameType(text)}, not a string`;
    return { missing: `field "${textField}" ${found}` };
  }
  const { [textField]: _, ...metadata } = record;
  return { text, metadata };
}

/** A string or an integer of any size; anything else is no id. */
export function readId(record: JsonObject, field: string | undefined): string | undefined {
  const id = field === undefined ? undefined : ownField(record, field);
  if (typeof id === 'bigint' || Number.isInteger(id)) {
    return String(id);
  }
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** Words for the type of a value, as in "holds an array". */
export function nameType(value: JsonValue): string {
  if (value === null) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return 'an array';
  }
  return typeof value === 'object' ? 'an object' : `a ${typeof value === 'bigint' ? 'number' : typeof value}`;
}

function ownField(record: JsonObject, field: string): JsonValue | undefined {
  return Object.hasOwn(record, field) ? record[field] : undefined;
}

function nameKeys(record: JsonObject): string {
  const keys = Object.keys(record).map((key) => JSON.stringify(key));
  return keys.length === 0 ? 'no field' : `${keys.slice(0, 10).join(', ')}${keys.length > 10 ? ' and more' : ''}`;
}
