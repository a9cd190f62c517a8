// `npm run quickstart`: sets up what is missing and recycles the forty pages of templates/quickstart with a real model.
import { runCommand } from './run-command.ts';
import { setUp } from './set-up.ts';

await setUp({ developerTools: false });
process.exitCode = await runCommand([
  process.execPath,
  'sdk/bin/repro.js',
  'run',
  'templates/quickstart/recipe.yaml',
  ...process.argv.slice(2),
]);
