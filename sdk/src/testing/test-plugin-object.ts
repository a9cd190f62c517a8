import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { PluginBase, PluginKind } from '../contract/plugin.ts';
import { bindConfig, configJsonSchema, noPlace } from '../plugins/bind-config.ts';
import { checkPlugin } from '../plugins/check-plugin.ts';

/** A plugin's config as a recipe writes it, without the keys that the host takes off. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** What every suite checks, whatever the kind. */
export function testPluginObject<Config>(plugin: PluginBase<PluginKind, Config>, config: RawConfig): void {
  it('is a plugin that this SDK runs: version, kind, kebab-case name, hooks', () => {
    checkPlugin(plugin, plugin.kind, { label: plugin.name });
  });

  it('takes the config', async () => {
    await bindConfig(plugin.configSchema, config, noPlace);
  });

  it('rejects a config key that it does not know', async () => {
    const result = await plugin.configSchema['~standard'].validate({ ...config, keyThatNobodyKnows: 1 });
    expect(result.issues, 'the schema took `keyThatNobodyKnows`; use z.strictObject').toBeDefined();
  });

  it('describes its config as a JSON Schema of an object', () => {
    expect(configJsonSchema(plugin.configSchema)).toMatchObject({ type: 'object', additionalProperties: false });
  });

  if (plugin.handler !== undefined) {
    const { file } = plugin.handler;
    it('has its handler file', () => {
      expect(existsSync(file), `${file.href} is not there; expected the Python file of the plugin`).toBe(true);
    });
  }
}
