/** Any JSON value. Integers that a double cannot hold exactly are `bigint`; everything else is what `JSON.parse` gives. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}
