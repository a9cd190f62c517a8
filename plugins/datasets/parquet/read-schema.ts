import type { JsonValue } from '@repro/sdk/contract';
import type { ParquetType, SchemaElement } from 'hyparquet';
import { converterOf, isText, type PhysicalValue } from './convert-value.ts';

export interface Schema {
  /** The columns a person sees. */
  readonly fields: readonly Field[];
  /** Those that are stored, in the order of the file: the leaves of the fields. */
  readonly columns: readonly Column[];
}

/** A place in a row: a value, an object of fields, or a list of items. */
export interface Field {
  readonly name: string;
  /** A stored value whose level is lower is null here (or further out). */
  readonly definitionLevel: number;
  /** Indexes of the stored columns below it; at least one. */
  readonly columns: readonly [number, ...number[]];
  readonly shape:
    | { readonly kind: 'value' }
    | { readonly kind: 'object'; readonly fields: readonly Field[] }
    /** A stored value of the list's own level says that it is empty; one that repeats at this level is its next item. */
    | { readonly kind: 'list'; readonly item: Field; readonly repetitionLevel: number };
}

export interface Column {
  /** `meta.list.element`, as the file names it. */
  readonly path: string;
  readonly type: ParquetType;
  /** Of a FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number | undefined;
  readonly maxDefinitionLevel: number;
  readonly maxRepetitionLevel: number;
  /** Whether its values are texts, and not something that is written as one. */
  readonly isText: boolean;
  readonly convert: (value: PhysicalValue) => JsonValue;
}

interface Levels {
  readonly definition: number;
  readonly repetition: number;
}

/** Makes fields of the flat list of elements in a footer. Throws a plain Error where they are no tree. */
export function readSchema(elements: readonly SchemaElement[]): Schema {
  const columns: Column[] = [];
  let next = 0;

  const peek = (ahead = 0): SchemaElement => {
    const element = elements[next + ahead];
    if (element === undefined || typeof element.name !== 'string') {
      throw new Error('the schema ends before its last element');
    }
    return element;
  };

  /** The element that comes next, as a field of its own: repeated ones are lists without a group around them. */
  function readField(path: readonly string[], levels: Levels): Field {
    const { name, repetition_type: repetition } = peek();
    if (repetition === 'REPEATED') {
      return listOf(name, levels, (inside) => readContent([...path, name], inside));
    }
    if (repetition !== 'OPTIONAL' && repetition !== 'REQUIRED') {
      throw new Error(`"${[...path, name].join('.')}" is neither optional nor required nor repeated`);
    }
    const definition = levels.definition + (repetition === 'OPTIONAL' ? 1 : 0);
    return readContent([...path, name], { ...levels, definition });
  }

  /** The same, its repetition put aside. */
  function readContent(path: readonly string[], levels: Levels): Field {
    const element = peek();
    const { name } = element;
    next += 1;
    const definitionLevel = levels.definition;
    if (!element.num_children) {
      columns.push(columnOf(element, path.join('.'), levels));
      return { name, definitionLevel, columns: [columns.length - 1], shape: { kind: 'value' } };
    }
    if (element.num_children === 1 && peek().repetition_type === 'REPEATED') {
      if (isAnnotated(element, 'LIST')) {
        return listOf(name, levels, (inside) => readItem(path, name, inside));
      }
      if (isAnnotated(element, 'MAP') || isAnnotated(element, 'MAP_KEY_VALUE')) {
        return listOf(name, levels, (inside) => readEntry(path, inside));
      }
    }
    return objectOf(name, definitionLevel, readFields(path, levels, element.num_children));
  }

  /** What stands inside the repeated element of a list: old writers leave out the group of one `element`. */
  function readItem(path: readonly string[], listName: string, levels: Levels): Field {
    const { name, num_children: children } = peek();
    if (children !== 1 || name === 'array' || name === `${listName}_tuple`) {
      return readContent([...path, name], levels);
    }
    next += 1;
    return readField([...path, name], levels);
  }

  /** Key and value of a map, whatever the file calls them. */
  function readEntry(path: readonly string[], levels: Levels): Field {
    const { name, num_children: children = 0 } = peek();
    next += 1;
    const names = ['key', 'value'];
    const fields = readFields([...path, name], levels, children).map((field, index) => ({
      ...field,
      name: names[index] ?? field.name,
    }));
    return objectOf(name, levels.definition, fields);
  }

  function readFields(path: readonly string[], levels: Levels, count: number): readonly Field[] {
    const fields: Field[] = [];
    const names = new Set<string>();
    for (let index = 0; index < count; index += 1) {
      const field = readField(path, levels);
      if (names.has(field.name)) {
        throw new Error(`two columns are named "${[...path, field.name].join('.')}"`);
      }
      names.add(field.name);
      fields.push(field);
    }
    return fields;
  }

  const root = peek();
  next = 1;
  const fields = readFields([], { definition: 0, repetition: 0 }, root.num_children ?? 0);
  if (next !== elements.length) {
    throw new Error(`the schema has ${elements.length} elements, its tree has ${next}`);
  }
  return { fields, columns };
}

/** A list whose own levels are these; what it repeats is one deeper. */
function listOf(name: string, { definition, repetition }: Levels, read: (inside: Levels) => Field): Field {
  const item = read({ definition: definition + 1, repetition: repetition + 1 });
  const shape = { kind: 'list', item, repetitionLevel: repetition + 1 } as const;
  return { name, definitionLevel: definition, columns: item.columns, shape };
}

function objectOf(name: string, definitionLevel: number, fields: readonly Field[]): Field {
  const [first, ...others] = fields.flatMap(({ columns }) => columns);
  if (first === undefined) {
    throw new Error(`"${name}" is a group without a column`);
  }
  return { name, definitionLevel, columns: [first, ...others], shape: { kind: 'object', fields } };
}

function columnOf(element: SchemaElement, path: string, levels: Levels): Column {
  if (element.type === undefined) {
    throw new Error(`column "${path}" has no type`);
  }
  return {
    path,
    type: element.type,
    typeLength: element.type_length,
    maxDefinitionLevel: levels.definition,
    maxRepetitionLevel: levels.repetition,
    isText: isText(element),
    convert: converterOf(element, path),
  };
}

function isAnnotated(element: SchemaElement, kind: 'LIST' | 'MAP' | 'MAP_KEY_VALUE'): boolean {
  return element.converted_type === kind || element.logical_type?.type === kind;
}
