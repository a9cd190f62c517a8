import type { JsonObject, JsonValue } from '@repro/sdk/contract';
import type { ColumnCursor } from './open-column.ts';
import type { Field } from './read-schema.ts';

/**
 * Puts a row together from the stored columns below its fields, whose levels say what is null, empty or repeated (the
 * record assembly of Dremel). Throws a plain Error where the columns do not agree.
 */
export function assembleRow(fields: readonly Field[], columns: readonly ColumnCursor[]): JsonObject {
  const columnOf = (index: number): ColumnCursor => {
    const column = columns[index];
    if (column === undefined) {
      throw new RangeError(`there is no column ${index}`);
    }
    return column;
  };
  const skip = (field: Field, level: number): void => {
    for (const index of field.columns) {
      columnOf(index).skipNull(level);
    }
  };

  function readField(field: Field): JsonValue {
    const { shape, definitionLevel } = field;
    const first = columnOf(field.columns[0]);
    if (first.definitionLevel() < definitionLevel) {
      skip(field, definitionLevel);
      return null;
    }
    if (shape.kind === 'value') {
      return first.take();
    }
    if (shape.kind === 'object') {
      return readObject(shape.fields);
    }
    if (first.definitionLevel() === definitionLevel) {
      skip(field, definitionLevel + 1);
      return [];
    }
    const items: JsonValue[] = [];
    do {
      items.push(readField(shape.item));
    } while (first.repetitionLevel() === shape.repetitionLevel);
    return items;
  }

  // From entries, so that a column called __proto__ is one like any other.
  function readObject(of: readonly Field[]): JsonObject {
    return Object.fromEntries(of.map((field) => [field.name, readField(field)]));
  }

  return readObject(fields);
}
