import {
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { JsonValue } from '../contract/json-value.ts';

/** A value of DuckDB as JSON without loss: integers stay exact, times and whatever JSON has no word for become text. */
export function jsonOfSqlValue(value: DuckDBValue): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return value;
  }
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : String(value);
  }
  if (value instanceof DuckDBDecimalValue) {
    // A double holds 15 decimal digits exactly.
    return value.width <= 15 ? Number(value.toString()) : value.toString();
  }
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map(jsonOfSqlValue);
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, child]) => [key, jsonOfSqlValue(child)]));
  }
  if (value instanceof DuckDBMapValue) {
    return value.entries.map(({ key, value: child }) => ({ key: jsonOfSqlValue(key), value: jsonOfSqlValue(child) }));
  }
  return String(value);
}
