#!/usr/bin/env node
// Plain JavaScript: it runs before it is known whether this Node can run anything else of ours.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  rerunUnderNode24();
} else {
  await run();
}

async function run() {
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (existsSync(join(root, 'src'))) {
    // A checkout: every package of ours is read from its TypeScript source.
    registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'repro-src'] }),
    });
    pjson.oclif.commands.target = './src/cli/commands.ts';
  }
  process.stdout.on('error', endWithReader);
  const { execute } = await import('@oclif/core');
  await execute({ loadOptions: { root, pjson } });
}

/** A reader that has seen enough (`| head`) is no failure. */
function endWithReader(error) {
  if (error.code !== 'EPIPE') {
    throw error;
  }
  process.exit(0);
}

/** A checkout brings its own Node; an installation needs one. */
function rerunUnderNode24() {
  const require = createRequire(import.meta.url);
  const name = `node-linux-${process.arch}/bin/node`;
  let node;
  try {
    node = require.resolve(name);
  } catch {
    process.stderr.write(
      `repro needs Node 24 or newer, this is ${process.versions.node}.\nInstall it, for example from https://nodejs.org.\n`,
    );
    process.exit(4);
  }
  const { status, signal } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}
