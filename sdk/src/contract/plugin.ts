import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';

/** Validates a plugin's own config and describes it as JSON Schema; a zod strict object is one. */
export type ConfigSchema<Config> = {
  readonly '~standard': StandardSchemaV1.Props<unknown, Config> & StandardJSONSchemaV1.Props<unknown, Config>;
};

/** The Python side of a plugin: one file of functions marked `@handler`. */
export interface HandlerSource {
  readonly file: URL;
  /** Requirement specifiers (`bert-score>=0.3.13`), checked before the file is imported. */
  readonly requires?: readonly string[];
}

/** What every plugin is: a plain, stateless object. */
export interface PluginBase<Kind extends PluginKind, Config> {
  /** Written by the author, not by a helper: it records what the plugin was built against. */
  readonly specificationVersion: 'v1';
  readonly kind: Kind;
  /** Kebab-case; `use:` in a recipe names it. */
  readonly name: string;
  /** A field that holds a path says `format: path` in its JSON Schema, so that it resolves from the recipe's folder. */
  readonly configSchema: ConfigSchema<Config>;
  /** Absent when the plugin is pure TypeScript. */
  readonly handler?: HandlerSource;
  /** Model endpoints it needs by role; the one that `model:` names is `default`. */
  readonly roles?: readonly string[];
}

export type PluginKind = 'rephraser' | 'reward' | 'dataset' | 'evaluator';
