/**
 * The value as a Python handler would get it: a copy of plain data, `undefined` turned into null. What the real bridge
 * refuses or loses (functions, class instances, text that is no Unicode) throws and names its place.
 */
export function copyOverTheWire(value: unknown, place: string): unknown {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'bigint':
      return value;
    case 'string':
      if (!value.isWellFormed()) {
        throw new Error(`${place} is text with a lone surrogate; only well-formed Unicode crosses to Python.`);
      }
      return value;
    case 'undefined':
      return null;
    case 'object':
      return copyObject(value, place);
    default:
      throw new Error(`${place} is a ${typeof value}; only plain data crosses to Python.`);
  }
}

function copyObject(value: object | null, place: string): unknown {
  if (value === null || value instanceof Uint8Array) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => copyOverTheWire(item, `${place}[${index}]`));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`${place} is a ${prototype.constructor.name}; only plain data crosses to Python.`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, copyOverTheWire(item, `${place}.${key}`)]),
  );
}
