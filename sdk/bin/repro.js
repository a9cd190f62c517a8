#!/usr/bin/env node
// Plain JavaScript: it runs before it is known whether this Node can run anything else of ours.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
    // A checkout: every package of ours is read from its TypeScript source. Only a Node that can has `registerHooks`.
    const { registerHooks } = await import('node:module');
    registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'repro-src'] }),
    });
    pjson.oclif.commands.target = './src/cli/commands.ts';
    pjson.oclif.hooks.command_not_found.target = './src/cli/command-not-found.ts';
  }
  process.stdout.on('error', endWithReader);
  process.stderr.on('error', goOnUnread);
  // Not all of `@oclif/core`: help needs three quarters of it, and every command begins with this.
  const { execute } = await import('@oclif/core/execute');
  await execute({ loadOptions: { root, pjson } });
}

/** A reader that has seen enough (`| head`) is no failure; one that there was already stays. */
function endWithReader(error) {
  if (error.code !== 'EPIPE') {
    throw error;
  }
  process.exit();
}

/** Nobody reads the progress any more (`2>&1 | head`): the work and its answer go on. */
function goOnUnread(error) {
  if (error.code !== 'EPIPE') {
    throw error;
  }
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
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the whole group: the child answers it, and this process waits for the answer.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
